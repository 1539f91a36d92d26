/** Actions on a person in a group. */
import AtSign from '@lucide/svelte/icons/at-sign';
import Copy from '@lucide/svelte/icons/copy';
import MessageSquarePlus from '@lucide/svelte/icons/message-square-plus';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import UserMinus from '@lucide/svelte/icons/user-minus';
import UserSearch from '@lucide/svelte/icons/user-search';
import type { Person } from '../bindings';
import type { OpenGroup } from '../state/open-group.svelte';
import type { Session } from '../state/session.svelte';
import { words } from '../words/catalogue';
import { fill, known } from '../words/say';
import type { Offer, Section } from './actions';
import { copy } from './clipboard';

export function personOffer(person: Person, group: OpenGroup, session: Session): Offer {
  return { label: fill(words.menu.person, { person: known(person) }), sections: personActions(person, group, session) };
}

function personActions(person: Person, group: OpenGroup, session: Session): Section[] {
  const here = group.roster?.people.find((one) => one.person.user === person.user);
  const { handle, user } = person;
  const look = {
    id: 'person-show',
    label: words.menu.showPerson,
    icon: UserSearch,
    run: () => (session.layout.showPanel('people'), (group.shownPerson = user)),
  };
  const log = {
    id: 'person-log',
    label: words.menu.personLog,
    icon: ScrollText,
    run: () => (session.layout.showPanel('log'), void group.log.showPerson(user)),
  };
  const write = {
    id: 'person-group',
    label: fill(words.menu.newGroupWith, { person: known(person) }),
    icon: MessageSquarePlus,
    run: () => void (session.dialog = { kind: 'createGroup', people: [handle] }),
  };
  const remove = {
    id: 'person-remove',
    label: words.roster.remove,
    icon: UserMinus,
    key: 'delete',
    danger: true,
    run: () => void (session.dialog = { kind: 'removePerson', group, person }),
  };
  return [
    [...(here === undefined ? [] : [look]), log],
    person.me ? [] : [write],
    [
      { id: 'person-copy', label: words.menu.copyName, icon: Copy, key: 'c', run: () => void copy(handle, session) },
      { id: 'person-copy-address', label: words.message.linkCopy, icon: AtSign, run: () => void copy(user, session) },
    ],
    here?.may.remove === true ? [remove] : [],
  ];
}
