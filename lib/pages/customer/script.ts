import { Inline } from '../document.ts';

/**
 * Copies, shows times by the reader's clock, and brings what is new while the page is looked at. What a screen reader is told stands
 * outside of the part that is replaced.
 */
export const CUSTOMER_SCRIPT = new Inline(`
const EVERY_MS = 30000;
// Somebody waits for the look that was asked for.
const SOON_MS = 5000;
const news = document.querySelector('#news');
const lang = document.documentElement.lang;
const main = () => document.querySelector('main');
let shown = main().innerHTML;

const prepare = () => {
  if (navigator.clipboard) for (const each of document.querySelectorAll('[data-copy],[data-copies]')) each.hidden = false;
  for (const each of document.querySelectorAll('[data-updates]')) each.hidden = main().dataset.pending !== 'true';
  for (const each of document.querySelectorAll('time')) {
    each.textContent = new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(each.dateTime));
  }
};

document.addEventListener('click', async ({ target }) => {
  const button = target.closest('button[data-copy],button[data-copies]');
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy ?? document.getElementById(button.dataset.copies).value);
  } catch {
    return;
  }
  news.textContent = '';
  news.textContent = button.dataset.copied;
  button.classList.add('copied');
  setTimeout(() => { button.classList.remove('copied'); }, 2000);
});

const look = async () => {
  if (document.hidden || main().dataset.pending !== 'true') return;
  const answer = await fetch(location.href, { cache: 'no-store' });
  if (!answer.ok) return;
  const next = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main');
  if (!next || next.innerHTML === shown) return;
  const focused = document.activeElement?.id;
  const open = [...document.querySelectorAll('details')].map((each) => each.open);
  shown = next.innerHTML;
  main().replaceWith(next);
  [...document.querySelectorAll('details')].forEach((each, index) => { each.open = open[index] ?? each.open; });
  if (focused) document.getElementById(focused)?.focus();
  prepare();
  news.textContent = [...document.querySelectorAll('h1, .steps li, #looked')].map((each) => each.textContent.trim()).join('. ');
};

const again = () => {
  const isSoon = document.querySelector('[data-notice=asked]') !== null;
  setTimeout(() => { look().catch(() => undefined).finally(again); }, isSoon ? SOON_MS : EVERY_MS);
};

prepare();
again();
`);
