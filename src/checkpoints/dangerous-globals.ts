/**
 * What no honest checkpoint calls: running commands and code, opening files and connections. Nothing is executed here, but
 * who loads such a file elsewhere runs what it says.
 */
const MODULES = new Set([
  'asyncio.subprocess',
  'bdb',
  'code',
  'commands',
  'ctypes',
  'httplib',
  'http.client',
  'importlib',
  'nt',
  'os',
  'pdb',
  'posix',
  'posixpath',
  'pty',
  'requests',
  'requests.api',
  'runpy',
  'shutil',
  'socket',
  'ssl',
  'subprocess',
  'sys',
  'tempfile',
  'timeit',
  'urllib',
  'urllib.request',
  'urllib2',
  'webbrowser',
]);

const BUILTINS = new Set(['__import__', 'compile', 'eval', 'exec', 'execfile', 'open', 'breakpoint', 'input']);

/** @param path such as `os.system` */
export function isDangerous(path: string): boolean {
  const end = path.lastIndexOf('.');
  const [module, name] = [path.slice(0, Math.max(0, end)), path.slice(end + 1)];
  return MODULES.has(module) || (/^(builtins|__builtin__)$/.test(module) && BUILTINS.has(name));
}
