import { Inline } from '../document.ts';
import { BASE_STYLE } from '../style.ts';

/** On a narrow screen each record is a card: five columns do not fit there. */
export const CUSTOMER_STYLE = new Inline(`${BASE_STYLE}
body{max-width:46rem;margin:0 auto;padding:1rem}
.domain{display:block;font-size:1.05rem;font-weight:400;color:var(--soft)}
.lead{font-size:1.1rem}
.card{border:1px solid var(--line);border-inline-start:.4rem solid var(--soft);border-radius:.4rem;padding:.4rem 1rem .8rem;background:var(--raised)}
.card.good{border-inline-start-color:var(--good);color:inherit}
.card.warn{border-inline-start-color:var(--warn);color:inherit}
.card.bad{border-inline-start-color:var(--bad);color:inherit}
.notice{border:1px solid var(--line);border-radius:.4rem;padding:.6rem 1rem}
.steps{list-style:none;margin:.6rem 0;padding:0}
.steps li{display:flex;gap:.6rem;padding:.3rem 0}
.steps .mark{flex:none;width:1.5rem;text-align:center;font-weight:700}
.value{display:inline-flex;gap:.6rem;align-items:center}
.records code{overflow-wrap:break-word}
.records thead th{white-space:nowrap}
.copy{padding:.3rem .6rem;min-height:2.25rem}
.copy svg{width:1.1rem;height:1.1rem;fill:none;stroke:currentColor;stroke-width:1.5}
.copy.copied{color:var(--good)}
textarea{width:100%;font:.95rem/1.5 ui-monospace,Menlo,Consolas,monospace;color:var(--text);background:var(--raised);border:1px solid var(--soft);border-radius:.4rem;padding:.6rem}
summary{cursor:pointer;min-height:1.75rem}
summary h2{display:inline;margin:0}
details{margin:2rem 0}
.row{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center;margin:.6rem 0}
footer{margin-top:2.5rem;padding-top:.8rem;border-top:1px solid var(--line)}
.languages{display:flex;flex-wrap:wrap;gap:.2rem 1rem;list-style:none;margin:.4rem 0;padding:0}
.languages a{display:inline-block;padding:.35rem 0}
@media (max-width:46rem){
.records thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.records,.records tbody,.records tr,.records td,.records th[scope=row],.records caption{display:block}
.records tr{border:1px solid var(--line);border-radius:.4rem;margin:.6rem 0;padding:.3rem .2rem}
.records td,.records th[scope=row]{border:0;padding:.25rem .6rem}
.records code{overflow-wrap:anywhere}
.records [data-label]::before{content:attr(data-label);display:block;font-size:.85rem;font-weight:400;color:var(--soft)}
}
`);
