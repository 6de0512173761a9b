/** Where the page begins. */
import { render } from 'preact';
import { App } from './app.js';
import { Live, LiveContext } from './live/live.js';

const live = new Live();
const root = document.getElementById('page');
if (root === null) throw new Error('index.html has no place for the page');
render(
  <LiveContext value={live}>
    <App />
  </LiveContext>,
  root,
);
void live.start();
