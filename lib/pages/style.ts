/** What all pages look like: the reader's own colours by day and by night, and large enough to be touched. */
export const BASE_STYLE = `
:root{color-scheme:light dark;--text:#1c2126;--soft:#505a64;--ground:#fff;--raised:#f4f6f8;--line:#c3cad1;--link:#0b57a4;--good:#17662b;--warn:#8a4b00;--bad:#b3191f;--focus:#0b57a4}
@media (prefers-color-scheme:dark){:root{--text:#e9edf0;--soft:#aeb8c1;--ground:#14181c;--raised:#1f252b;--line:#47515b;--link:#8cc3ff;--good:#7fd99a;--warn:#f2bb6b;--bad:#ff9d98;--focus:#8cc3ff}}
*{box-sizing:border-box}
html{font:16px/1.55 system-ui,-apple-system,"Segoe UI","Noto Sans","Noto Sans Thai","Noto Sans Gujarati",sans-serif;-webkit-text-size-adjust:100%}
body{margin:0;color:var(--text);background:var(--ground)}
h1{font-size:1.6rem;line-height:1.25;margin:.4rem 0;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:2rem 0 .4rem}
p{margin:.5rem 0}
a{color:var(--link)}
a:focus-visible,button:focus-visible,summary:focus-visible,textarea:focus-visible,input:focus-visible,select:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
button,.button,select,input{font:inherit;min-height:2.75rem;padding:.4rem .9rem;border:1px solid var(--soft);border-radius:.4rem;color:var(--text);background:var(--raised)}
button,.button{display:inline-flex;align-items:center;cursor:pointer;text-decoration:none}
button.main{color:var(--ground);background:var(--link);border-color:var(--link);font-weight:600}
table{border-collapse:collapse;width:100%;margin:.6rem 0}
caption{text-align:start;color:var(--soft);padding:.2rem 0}
th,td{text-align:start;vertical-align:top;padding:.5rem .6rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
th{font-weight:600}
code{font:.95em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.soft{color:var(--soft)}
.good{color:var(--good)}
.warn{color:var(--warn)}
.bad{color:var(--bad)}
.visually-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
[hidden]{display:none!important}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
`;
