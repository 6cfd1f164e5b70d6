/** A person with a browser, signed in to the network. */
import { request } from 'node:http';
import { onTestFinished } from 'vitest';
import type { Situation, WordPress } from './network.ts';

export type Page = { readonly status: number; readonly location: string | undefined; readonly text: string };

/** Starts a web server with the situation; returns what asks it for pages with the cookies of a user. It ends with the test. */
export async function openBrowser(wordpress: WordPress, situation: Situation, user = 'admin') {
  const { port, stop } = await wordpress.serve(situation);
  onTestFinished(stop);
  const cookie = await wordpress.value<string>(
    `$id = '${user}' === 'admin' ? 1 : ( username_exists( '${user}' ) ?: wpmu_create_user( '${user}', 'x', '${user}@network.example' ) );
      add_user_to_blog( 1, $id, 'administrator' ); $token = WP_Session_Tokens::get_instance( $id )->create( time() + 600 );
      return AUTH_COOKIE . '=' . rawurlencode( wp_generate_auth_cookie( $id, time() + 600, 'auth', $token ) ) . '; ' . LOGGED_IN_COOKIE . '=' . rawurlencode( wp_generate_auth_cookie( $id, time() + 600, 'logged_in', $token ) );`,
  );
  return (path: string, form?: Record<string, string>) =>
    new Promise<Page>((resolve, reject) => {
      const headers = { host: 'network.example', cookie, 'content-type': 'application/x-www-form-urlencoded' };
      const method = form ? 'POST' : 'GET';
      request({ host: '127.0.0.1', port, path, method, headers }, async (response) => {
        const parts: Buffer[] = [];
        for await (const part of response) parts.push(part as Buffer);
        const text = Buffer.concat(parts).toString('utf8');
        resolve({ status: response.statusCode ?? 0, location: response.headers.location, text });
      })
        .once('error', reject)
        .end(form && new URLSearchParams(form).toString());
    });
}
