import './app.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { chooseBackend } from './lib/backend/choose';
import { guard } from './lib/guards';
import { listen } from './lib/menus/listen';
import { attention } from './lib/state/attention.svelte';
import { Session, sessionContext } from './lib/state/session.svelte';
import { zone } from './lib/words/zone.svelte';

guard(window);
const session = new Session(await chooseBackend());
attention.watch(window);
session.layout.watch(window);
session.watchLine(window);
zone.watch(window);
listen(window, session);
mount(App, { target: document.getElementById('app') ?? document.body, context: sessionContext(session) });
await session.start();
