import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { OPTION_NAMES } from '../../src/analysis/options.js';
import { useCli } from './run-cli.js';

const cli = useCli();

/** Everything up to the next heading or empty line. */
function section(help: string, heading: string): string[] {
  const lines = help.split('\n');
  const from = lines.indexOf(heading) + 1;
  expect(from, heading).toBeGreaterThan(0);
  return lines.slice(from, lines.indexOf('', from));
}

test('help names the commands that exist, with examples, and goes to stdout', async () => {
  const { code, stdout, stderr } = await cli.run(['--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const commands = section(stdout, 'Commands:').flatMap((line) => /^ {2}(\w+)/.exec(line)?.[1] ?? []);
  expect(commands).toEqual([
    'analyze',
    'merge',
    'inspect',
    'features',
    'split',
    'convert',
    'doctor',
    'serve',
    'tune',
    'bench',
    'help',
  ]);
  expect(stdout).toMatch(/^Examples:$/m);
  for (const missing of ['compare', 'STL']) {
    expect(stdout).not.toContain(missing);
  }
});

test('help of analyze shows every option of an analysis in kebab case, with choices and defaults', async () => {
  const { code, stdout } = await cli.run(['analyze', '--help']);
  expect(code).toBe(0);
  for (const name of OPTION_NAMES)
    expect(stdout).toContain(`--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)} <`);
  const words = stdout.replace(/\s+/g, ' ');
  expect(words).toContain('(l2, l1, cosine, angular; default: l2)');
  expect(words).toContain('(default: 10)');
  expect(words).toContain('(all, class, patches; default: all)');
  expect(words).toMatch(/--precision <NAME> arithmetic of both encoders; [^(]* \(f32, [^(]*; default: f32\)/);
  expect(words).toContain('(recommended, paper, authors-script; default: recommended)');
  expect(stdout).toContain('--shard <I/N>');
  expect(stdout).not.toContain('STL');
});

test('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(await cli.run(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test('no command at all shows the help and counts as a wrong use', async () => {
  const { code, stderr } = await cli.run([]);
  expect(code).toBe(2);
  expect(stderr).toContain('Usage: memgpu');
});

/** arguments; the message; the hint, or a part of it */
const WRONG: readonly (readonly [args: string, message: string, hint?: string])[] = [
  ['analise', "BAD_OPTION: unknown command 'analise'", 'Did you mean analyze?'],
  ['analyze f x --view 3', "BAD_OPTION: unknown option '--view'", 'Did you mean --views?'],
  ['analyze f x --unitRest mean', "BAD_OPTION: unknown option '--unitRest'", 'Did you mean --unit-rest?'],
  ['analyze f x --distance l3', 'BAD_OPTION: --distance: unknown value "l3"', 'Did you mean l2?'],
  ['analyze f x --unit-rest meen', 'BAD_OPTION: --unit-rest: unknown value "meen"', 'Did you mean mean?'],
  ['analyze f x --views ten', 'BAD_OPTION: --views: "ten" must be a number'],
  ['analyze f x --views 65', 'BAD_OPTION: --views: 65 must be from 1 to 64'],
  ['analyze f x --views 0', 'BAD_OPTION: --views: 0 must be from 1 to 64'],
  ['analyze f x --confidence 95', 'BAD_OPTION: --confidence: 95 must lie between 0 and 1, such as 0.95'],
  ['analyze f x --views 1', 'BAD_OPTION: views is 1, but pairs "all" needs at least 2 views'],
  ['analyze f x --batch 0', 'BAD_OPTION: --batch: 0 must be from 1 to 4096'],
  ['analyze f x --mode papper', 'BAD_OPTION: --mode: unknown value "papper"', 'hint: Did you mean paper?'],
  [
    'analyze f x --mode paper --unit-rest median',
    'BAD_OPTION: --unit-rest: "median" contradicts mode paper, which has "mean"',
    'hint: Leave unitRest out',
  ],
  [
    'analyze f x --mode authors-script --views 10',
    'BAD_OPTION: --views: 10 contradicts mode authors-script, which has 5',
    'hint: Leave views out',
  ],
  ['analyze f x --augment missing.json', "IO: --augment: 'missing.json' cannot be read"],
  ['analyze f x --size big', 'BAD_OPTION: --size: "big" is no number'],
  ['analyze f x --tokens clas', 'BAD_OPTION: --tokens: unknown value "clas"', 'Did you mean class?'],
  ['analyze f x --precision f32-winograt', 'BAD_OPTION: --precision: unknown', 'Did you mean f32-winograd?'],
  ['features f x --nodes a --out y --precision F32', 'BAD_OPTION: --precision: unknown', 'Did you mean f32?'],
  ['analyze f x --heads many', 'BAD_OPTION: --heads: "many" is no number'],
  ['inspect f --heads 2.5', 'BAD_OPTION: --heads: 2.5 is no positive whole number'],
  ['inspect f --stem cifer', 'BAD_OPTION: --stem: unknown value "cifer"', 'Did you mean cifar?'],
  ['inspect f --origin=', 'BAD_OPTION: --origin: "" is no name'],
  ['inspect f --stride 2x2', 'BAD_OPTION: --stride: unknown value "2x2"', 'Possible: 3x3, 1x1.'],
  ['analyze f x --candidates y', 'BAD_OPTION: IMAGES and --candidates contradict each other'],
  ['analyze f x --views-from v', 'BAD_OPTION: --views-from and IMAGES contradict each other'],
  ['analyze f --external x --views-from v', 'BAD_OPTION: --views-from and --external contradict each other'],
  ['analyze f --augment weak --views-from v', 'BAD_OPTION: --views-from and --augment contradict each other'],
  ['analyze f --views 4 --views-from v', 'BAD_OPTION: --views-from and --views contradict each other'],
  ['analyze f --labels l --external x', 'BAD_OPTION: --labels is for the candidates, and there are none'],
  ['analyze f x --resume --force', 'BAD_OPTION: --resume and --force contradict each other'],
  ['analyze f x --dry-run --resume', 'BAD_OPTION: --resume and --dry-run contradict each other'],
  ['analyze f', 'BAD_OPTION: there are no images', 'memgpu analyze f IMAGES'],
  ['analyze --reference g', 'BAD_OPTION: ENCODER is missing'],
  ['analyze f x y', 'BAD_OPTION: too many arguments'],
  ['inspect', "BAD_OPTION: missing required argument 'encoder'", '--help'],
  ['features f x --out y', "BAD_OPTION: required option '--nodes <GLOB[,GLOB]>' not specified"],
  ['features f x --nodes a --out y --batch 1.5', 'BAD_OPTION: --batch: 1.5 is no whole number from 1 to 4096'],
  ['convert x', "BAD_OPTION: missing required argument 'out'"],
  ['convert x y z', 'BAD_OPTION: too many arguments'],
  ['convert missing.pth y', 'IO: missing.pth does not exist'],
  ['split x --out y --seed -1', 'BAD_OPTION: --seed: -1 is no whole number from 0 to 4294967295'],
];

test.concurrent.each(WRONG)(
  'memgpu %s is refused with exit code 2 and says why',
  async (args = '', message, hint = '') => {
    const { code, stdout, stderr } = await cli.run(args.split(' '), { cwd: cli.folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const [first, second, ...more] = stderr.trimEnd().split('\n');
    expect(first).toContain(`memgpu: ${message}`);
    expect(second ?? '').toContain(hint);
    expect(more).toEqual([]);
  },
);

test('with --verbose an error comes with its stack', async () => {
  const { code, stderr } = await cli.run(['analyze', 'f', 'x', '--quiet', '--verbose']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^memgpu: BAD_OPTION: --quiet and --verbose contradict each other\n/);
  expect(stderr).toMatch(/^ {4}at /m);
});
