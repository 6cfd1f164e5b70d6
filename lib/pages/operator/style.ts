import { Inline } from '../document.ts';
import { BASE_STYLE } from '../style.ts';

export const STYLE = new Inline(`${BASE_STYLE}
body>header,main,footer{max-width:78rem;margin:0 auto;padding:0 1.25rem}
body>header{display:flex;flex-wrap:wrap;gap:.2rem 1rem;align-items:baseline;padding-top:.8rem}
body>header a{display:inline-flex;align-items:center;min-height:1.75rem;font-weight:600}
footer{padding-top:1rem;padding-bottom:2rem;margin-top:2rem;border-top:1px solid var(--line)}
main:focus{outline:none}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;padding:.5rem 1rem;background:var(--ground);z-index:1}
.states{list-style:none;display:flex;flex-wrap:wrap;gap:.6rem;padding:0;margin:.8rem 0}
.states a{display:block;min-width:7rem;padding:.5rem .9rem;border:1px solid var(--line);border-radius:.5rem;background:var(--raised);color:var(--text);text-decoration:none}
.states a:hover{border-color:var(--link)}
.states a[aria-current]{border-color:var(--link);box-shadow:inset 0 -3px var(--link)}
.states b{display:block;font-size:1.5rem;line-height:1.2;font-variant-numeric:tabular-nums}
.needs{list-style:none;padding:0;margin:.6rem 0}
.needs li{border-left:4px solid var(--bad);background:var(--raised);border-radius:0 .4rem .4rem 0;padding:.5rem 1rem;margin:.6rem 0;overflow-wrap:anywhere}
h3{font-size:1rem;margin:.1rem 0}
.work:not(:empty){border:1px solid var(--line);border-left:4px solid var(--link);border-radius:.4rem;padding:.6rem 1rem;margin:.8rem 0}
progress{width:100%;height:.8rem;accent-color:var(--link)}
form{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:end}
label{display:grid;gap:.2rem;font-weight:600}
label input,label select{font-weight:400;max-width:100%;width:17rem}
.pages{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:center}
.whole{white-space:nowrap}
td p{margin:.15rem 0}
.number{font-variant-numeric:tabular-nums}
figure{margin:.6rem 0}
.chart{display:block;width:100%;height:8rem;border-bottom:1px solid var(--soft)}
.chart rect{fill:var(--link)}
.ends{display:flex;justify-content:space-between;margin:.2rem 0}
summary{padding:.35rem 0;cursor:pointer}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.2rem;margin:.8rem 0}
dt{font-weight:600}
dd{margin:0;overflow-wrap:anywhere}
.holds li{border-color:var(--warn)}
.cards tbody th{font-weight:400}
.cards th a{display:inline-block;min-height:1.75rem}
@media (min-width:45.01rem){
.cards thead th{white-space:nowrap;overflow-wrap:normal}
.cards tbody th{min-width:12rem}
}
.copy{min-height:1.9rem;padding:.1rem .6rem;font-size:.85rem;margin-inline-start:.4rem}
@media (max-width:45rem){
h1{font-size:1.35rem}
label,label input,label select{width:100%}
.states{gap:.4rem}
.states li{flex:1 1 7rem}
.states a{min-width:0;height:100%}
.cards,.cards caption,.cards tbody,.cards tr,.cards th,.cards td{display:block}
.cards thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.cards tr{border-top:1px solid var(--line);padding:.5rem 0}
.cards th,.cards td{border:0;padding:.1rem 0}
.cards td:empty{display:none}
.cards td[data-label]::before{content:attr(data-label) ": ";content:attr(data-label) ": "/"";color:var(--soft)}
dl{grid-template-columns:1fr;gap:0}
dd{margin-bottom:.5rem}
}
`);
