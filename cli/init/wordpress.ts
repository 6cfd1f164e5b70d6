/** What the operator enters in WordPress once the secret is filled. */
import { readFileSync } from 'node:fs';
import type { Values } from './questions.ts';
import { keysIn } from './webhook-keys.ts';

/**
 * The service's address, if the last deployment from this folder was of this stage. `file` is where SST keeps its
 * outputs.
 */
export function readServiceUrl(file: string, stage: string | undefined): URL | undefined {
  try {
    const outputs: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof outputs !== 'object' || outputs === null) return undefined;
    const { webhookUrl: url, stage: deployed } = outputs as { webhookUrl?: unknown; stage?: unknown };
    if (typeof url !== 'string' || !URL.canParse(url)) return undefined;
    // The file is about the stage that was deployed last.
    return deployed !== undefined && deployed !== stage ? undefined : new URL(url);
  } catch {
    // No deployment was made from this folder.
    return undefined;
  }
}

/** Where webhooks go to. `url` is undefined if only the operator knows it. */
export type ServiceAddress = { readonly url: URL | undefined; readonly words: string };

/** A line to read, or one to copy, which is printed as it is. */
export type Line = { readonly kind: 'prose' | 'copy'; readonly text: string };

/**
 * Lines to print. They show the newest webhook key, and WEBHOOK_TOKEN in an address, because the operator copies both.
 * They show no other secret.
 */
export function wordpressLines(values: Values, { url, words }: ServiceAddress): Line[] {
  const [key = ''] = keysIn(values['WEBHOOK_SECRET']);
  const shown = url?.href ?? 'https://…/webhooks';
  const base = url ? url.href.replace(/(\/webhooks)?\/?$/, '') : 'https://…';
  const token = values['WEBHOOK_TOKEN'];
  return [
    prose(
      `For the bridge (the file multisite-runcloud-bridge.php and the folder multisite-runcloud-bridge, in wordpress/, which both go to wp-content/mu-plugins/), as constants for the network's wp-config.php, above the line "That's all, stop editing!":`,
    ),
    prose(''),
    copy(`define( 'MULTISITE_RUNCLOUD_URL', '${shown}' );`),
    copy(`define( 'MULTISITE_RUNCLOUD_SECRET', '${key}' );`),
    prose(''),
    prose(words),
    ...(token
      ? [
          prose("For the plugin's own webhook (Ultimate Multisite > Webhooks, event Domain Created):"),
          prose(''),
          copy(`${base}/webhooks/ultimate-multisite/${token}`),
          prose(''),
        ]
      : []),
    prose(
      token
        ? 'The key and this address are secret: whoever knows one of them can tell the service what to map.'
        : 'The key is secret: whoever knows it can tell the service what to map.',
    ),
  ];
}

function prose(text: string): Line {
  return { kind: 'prose', text };
}

function copy(text: string): Line {
  return { kind: 'copy', text };
}
