import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The peers, exact versions; none is a dependency of memgpu. */
export const PACKAGES: Readonly<Record<string, string>> = {
  '@jax-js/jax': '0.1.25',
  'onnxruntime-web': '1.30.0',
  'onnxruntime-node': '1.30.0',
  '@tensorflow/tfjs-core': '4.22.0',
  '@tensorflow/tfjs-backend-webgpu': '4.22.0',
};

/** Installs what is missing into `folder`/node_modules. @returns why it could not, or null */
export function installPeers(folder: string): string | null {
  const missing = Object.entries(PACKAGES).filter(([name, version]) => installed(folder, name) !== version);
  if (missing.length === 0) return null;
  const wanted = Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`);
  // Their install scripts fetch drivers for other machines.
  const options = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder];
  const { status, stderr, error } = spawnSync('npm', ['install', ...options, ...wanted], { encoding: 'utf8' });
  if (status === 0) return null;
  return `npm install failed: ${error?.message ?? stderr.trim().split('\n').slice(0, 3).join(' ')}`;
}

function installed(folder: string, name: string): string | null {
  const file = join(folder, 'node_modules', name, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : null;
}
