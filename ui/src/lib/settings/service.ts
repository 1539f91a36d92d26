/** An account's delivery service, in words. */
import type { Service } from '../bindings';
import { words } from '../words/catalogue';
import { fill } from '../words/say';

export function serviceWords(service: Service): string {
  switch (service.kind) {
    case 'server':
      return service.url;
    case 'local':
      return fill(words.account.serviceLocal, { name: service.name });
    case 'own':
      return words.account.serviceOwn;
  }
}
