import { expect, test } from 'vitest';
import { driverAdvice, parseOsRelease } from '../../src/cli/driver-advice.js';

const debian = (version: string, codename: string) => ({ id: 'debian', version, codename });
const ubuntu = (version: string) => ({ id: 'ubuntu', version, codename: 'noble' });
const embedded = { origin: 'embedded' } as const;
const INSTALL = ['sudo apt update', 'sudo apt install mesa-vulkan-drivers'];

test('on Debian 12 lavapipe comes from the backports', () => {
  expect(driverAdvice(embedded, 0, 'linux', debian('12', 'bookworm'))?.commands).toEqual([
    "echo 'deb http://deb.debian.org/debian bookworm-backports main' | sudo tee /etc/apt/sources.list.d/bookworm-backports.list",
    'sudo apt update',
    'sudo apt install -t bookworm-backports mesa-vulkan-drivers',
  ]);
});

test.each([debian('13', 'trixie'), debian('', 'forky'), ubuntu('24.04'), ubuntu('25.10')])(
  '%o has a Mesa that is new enough',
  (distribution) => {
    expect(driverAdvice(embedded, 0, 'linux', distribution)?.commands).toEqual(INSTALL);
    expect(driverAdvice(null, 0, 'linux', distribution)?.commands).toEqual(INSTALL);
  },
);

test.each([debian('11', 'bullseye'), ubuntu('22.04'), { id: 'fedora', version: '43', codename: '' }, null])(
  'for %o the gain is told and no command',
  (distribution) => {
    const advice = driverAdvice(embedded, 0, 'linux', distribution);
    expect(advice?.gain).toMatch(/lavapipe/);
    expect(advice?.commands).toEqual([]);
  },
);

test('nothing is advised where the system offers an adapter, for another driver, and off Linux', () => {
  const here = debian('12', 'bookworm');
  expect(driverAdvice(embedded, 1, 'linux', here)).toBeNull();
  expect(driverAdvice({ origin: 'system' }, 0, 'linux', here)).toBeNull();
  expect(driverAdvice(embedded, 0, 'darwin', here)).toBeNull();
  expect(driverAdvice(null, 0, 'win32', null)).toBeNull();
});

test('os-release: with and without quotes, absent fields empty', () => {
  const text = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n';
  expect(parseOsRelease(text)).toEqual(debian('12', 'bookworm'));
  expect(parseOsRelease("ID='arch'\n")).toEqual({ id: 'arch', version: '', codename: '' });
});
