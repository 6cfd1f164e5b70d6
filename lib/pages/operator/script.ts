import { Inline } from '../document.ts';

/**
 * The page is whole without it. It shows the copy buttons; and while a run is at work and somebody looks, it fetches the page every ten
 * seconds and puts the parts that changed in place. A part that has the focus stays as it is.
 */
export const SCRIPT = new Inline(`
const EVERY_MS = 10000;
const main = document.querySelector('main');
const told = document.getElementById('told');
const reveal = (within) => { for (const each of within.querySelectorAll('button[data-copy]')) each.hidden = false; };
reveal(document);
document.addEventListener('click', async ({ target }) => {
  const button = target.closest('button[data-copy]');
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    told.textContent = 'Copied: ' + button.dataset.copy;
    button.firstChild.data = 'Copied';
  } catch {
    told.textContent = 'It could not be copied. Select the text instead.';
  }
  setTimeout(() => { button.firstChild.data = 'Copy'; told.textContent = ''; }, 3000);
});
let timer;
let asking = false;
const plan = () => {
  clearTimeout(timer);
  if (main.dataset.run === 'at work' && !document.hidden) timer = setTimeout(refresh, EVERY_MS);
};
async function refresh() {
  if (asking) return;
  asking = true;
  try {
    const answer = await fetch(location.href, { cache: 'no-store' });
    if (answer.ok) put(new DOMParser().parseFromString(await answer.text(), 'text/html'));
  } catch {
    // The service may be starting again: the next time tells.
  }
  asking = false;
  plan();
}
function put(next) {
  reveal(next);
  for (const part of document.querySelectorAll('[data-live]')) {
    const other = next.getElementById(part.id);
    if (!other || part.innerHTML === other.innerHTML || part.contains(document.activeElement)) continue;
    part.replaceChildren(...other.childNodes);
  }
  main.dataset.run = next.querySelector('main').dataset.run ?? '';
}
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && main.dataset.run === 'at work') refresh();
  else plan();
});
plan();
`);
