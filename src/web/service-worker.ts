/**
 * Entry of the service worker: keeps the page's files, so that it opens without a connection. A new version is fetched
 * whole before it takes the place of the old one; the demo is kept once it was asked for.
 */
/** Digest of all files, and their names; put in by the build. */
declare const SITE_VERSION: string;
declare const SITE_FILES: readonly string[];

/** What this needs of a service worker's global scope, which TypeScript's DOM library leaves out. */
interface Scope {
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: Lasting) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void;
}

interface Lasting {
  waitUntil(until: Promise<unknown>): void;
}

interface Fetching {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

const scope = self as unknown as Scope;
const PREFIX = 'memgpu-page-';
const CACHE = `${PREFIX}${SITE_VERSION}`;

scope.addEventListener('install', (event) => {
  event.waitUntil(keepAll().then(() => scope.skipWaiting()));
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(forgetOthers().then(() => scope.clients.claim()));
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method === 'GET' && new URL(request.url).origin === scope.location.origin) {
    event.respondWith(answer(request));
  }
});

async function keepAll(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(SITE_FILES.map((file) => new Request(file, { cache: 'reload' })));
}

async function forgetOthers(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(
    names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)),
  );
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request, { ignoreSearch: true });
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok && new URL(request.url).pathname.includes('/demo/')) await cache.put(request, response.clone());
  return response;
}
