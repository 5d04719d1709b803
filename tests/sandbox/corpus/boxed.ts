import { readlinkSync } from 'node:fs';
import { type CorpusCase, MEGABYTE } from '../support/corpus-case.ts';

const limits = { wallTimeMs: 2_000 };

const NAMESPACES = ['user', 'pid', 'mnt', 'net', 'ipc', 'uts', 'cgroup'];

function readlink(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}

/** Programs that only CPython in a box of the kernel's runs. `file` and `port` are the canaries. */
export function boxed(file: string, port: number): CorpusCase[] {
  const python = (name: string, code: string, expected: Partial<CorpusCase>): CorpusCase => ({
    name,
    language: 'python',
    kind: 'bubblewrap',
    code,
    verdict: 'SUCCEEDED',
    ...expected,
  });
  const refused = (name: string, attempts: readonly string[], before = 'import os') =>
    python(name, tryAll(attempts, before), { stdout: 'refused\n'.repeat(attempts.length) });
  const host = JSON.stringify(file);
  return [
    python('a fork bomb', 'import os\nwhile True: os.fork()', { limits, verdict: BOMBED }),
    python(
      'a bomb of spawned commands',
      'import subprocess, sys\nwhile True: subprocess.Popen([sys.executable, "-c", "while True: pass"])',
      { limits: { ...limits, memoryBytes: 256 * MEGABYTE }, verdict: BOMBED },
    ),
    python(
      'a bomb of threads',
      'import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(3600,)).start()',
      { limits, verdict: BOMBED },
    ),
    python('many children, each under the limit', MANY_CHILDREN, {
      limits: { memoryBytes: 64 * MEGABYTE },
      verdict: ['MEMORY_LIMIT', 'PROCESS_LIMIT'],
    }),
    python('a daemon that outlives its parent', DAEMON, { stdout: 'left\n' }),
    python('kills everything', 'import os, signal\nos.kill(-1, signal.SIGKILL)', {
      verdict: ['SUCCEEDED', 'FAILED'],
    }),
    python(
      'kills every process by number',
      `import os, signal
for pid in range(1, 65536):
    if pid == os.getpid(): continue
    try: os.kill(pid, signal.SIGKILL)
    except OSError: pass
print("alone")`,
      { stdout: 'alone\n' },
    ),
    python(
      'sees its own processes only',
      'import os\nprint([open(f"/proc/{pid}/cmdline").read().count("node") for pid in os.listdir("/proc") if pid.isdigit()])',
      { stdout: '[0, 0]\n' },
    ),
    python('reads the environment', 'import os\nprint(sorted(os.environ))', {
      stdout: "['HOME', 'LANG', 'PATH', 'PWD']\n",
    }),
    python('reads the environment of the first process', 'print(open("/proc/1/environ").read())', {
      stdout: /^(?!.*CANARY)/,
    }),
    refused('reads files of the host', [
      `open(${host}).read()`,
      'open("/etc/shadow").read()',
      'open("/etc/passwd").read()',
      'os.listdir("/root")',
      'os.listdir("/home")',
      'os.listdir("/var")',
    ]),
    refused('opens the memory of the first process', [
      'open("/proc/1/mem", "r+b")',
      'open("/proc/1/mem", "rb")',
      'open("/proc/1/task/1/mem", "rb")',
    ]),
    refused('writes outside its folder', [
      'open("/usr/bin/x", "w")',
      'open("/guest/program.py", "w")',
      'open(os.__file__, "a")',
      'open("/proc/sys/kernel/core_pattern", "w")',
      'open("/dev/x", "w")',
      'os.mkdir("/new")',
      'os.chmod("/bin", 0o777)',
    ]),
    python('writes a hundred gigabytes', FILL, { verdict: 'SUCCEEDED', stdout: /^full \d+\n$/ }),
    python(
      'fills shared memory',
      'try:\n  with open("/dev/shm/full", "wb") as file:\n    while True: file.write(b"x" * 65536)\nexcept OSError: print("full")',
      { stdout: 'full\n' },
    ),
    python('makes files without end', 'n = 0\nwhile True:\n  open(f"/tmp/{n}", "w").close()\n  n += 1', {
      limits: { memoryBytes: 64 * MEGABYTE, cpuTimeMs: 10_000 },
      verdict: ['MEMORY_LIMIT', 'TIMED_OUT'],
    }),
    refused(
      'dials out',
      [
        `socket.create_connection(("127.0.0.1", ${port}), timeout=1)`,
        'socket.socket(socket.AF_INET, socket.SOCK_DGRAM)',
        'socket.socket(socket.AF_INET6)',
        'socket.socket(socket.AF_UNIX)',
        'socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)',
        'socket.socket(socket.AF_PACKET, socket.SOCK_RAW)',
        'socket.getaddrinfo("example.com", 80)',
        'urllib.request.urlopen("http://169.254.169.254/", timeout=1)',
      ],
      'import os, socket, urllib.request',
    ),
    refused('asks the kernel for more', KERNEL_ATTEMPTS, KERNEL),
    python('becomes nobody else', 'import os\nprint(os.getuid(), os.getgid(), os.getgroups())', {
      stdout: /^65534 65534 \[(65534)?\]\n$/,
    }),
    refused('becomes root', ['os.setuid(0)', 'os.setgid(0)', 'os.chown("/tmp", 0, 0)', 'os.nice(-5)']),
    python(
      'has nothing but its standard streams',
      'import os\nprint([fd for fd in range(3, 1024) if os.path.exists(f"/proc/self/fd/{fd}")])',
      { stdout: '[]\n' },
    ),
    python('opens too many files', 'kept = []\nwhile True: kept.append(open("/dev/null"))', {
      verdict: 'FAILED',
      error: /Too many open files/,
    }),
    python('forty threads', FORTY_THREADS, { stdout: '40\n' }),
    python(
      'processes of its own',
      'import multiprocessing\ndef double(n): return 2 * n\nwith multiprocessing.Pool(3) as pool: print(pool.map(double, range(5)))',
      { stdout: '[0, 2, 4, 6, 8]\n' },
    ),
    python(
      'a command of its own',
      'import subprocess, sys\nprint(subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True).stdout)',
      { stdout: "b'1\\n'\n" },
    ),
    python('asks for more than there is', 'bytearray(2**40)', { verdict: 'MEMORY_LIMIT', exitCode: 1 }),
    python('crashes', 'import ctypes\nctypes.string_at(0)', {
      verdict: 'FAILED',
      exitCode: null,
      error: 'Ended by the signal SIGSEGV',
    }),
    python('is in namespaces of its own', SHARED_NAMESPACES, { stdout: '[]\n' }),
    python(
      'has a read-only root',
      'import os\nprint([os.statvfs(f).f_flag & 1 for f in ("/", os.__file__, "/dev")])',
      {
        stdout: '[1, 1, 1]\n',
      },
    ),
    python('is held to limits by the kernel', UNLIMITED, { stdout: '[]\n' }),
    python('is a session of its own', 'import os\nprint(os.getsid(0) > 0)', { stdout: 'True\n' }),
    python('makes no users of its own', NEW_USERS, { stdout: 'refused\n' }),
    python('has a small folder', writes('/tmp/large', 64), { stdout: 'full\n' }),
    python('shares little memory by name', writes('/dev/shm/large', 8), { stdout: 'full\n' }),
    refused(
      'shares memory that no process has',
      ['mmap.mmap(-1, 4096)', 'open("/dev/zero", "r+b")'],
      'import mmap, os',
    ),
    python('outlives whoever watches it', PDEATHSIG, { stdout: 'refused\n' }),
    python(
      'makes files of shared memory without end',
      'n = 0\nwhile True:\n  open(f"/dev/shm/{n}", "w").close()\n  n += 1',
      {
        limits: { memoryBytes: 64 * MEGABYTE },
        verdict: 'MEMORY_LIMIT',
      },
    ),
    python('hides the processor time of its children', HIDDEN_CHILDREN, {
      limits: { cpuTimeMs: 500 },
      verdict: 'TIMED_OUT',
      error: 'Exceeded the CPU time limit of 500 ms',
    }),
    python('ends itself by a signal', 'import os, signal\nos.kill(os.getpid(), signal.SIGTERM)', {
      verdict: 'FAILED',
      exitCode: 143,
    }),
    python('is killed by itself', 'import os, signal\nos.kill(os.getpid(), signal.SIGKILL)', {
      verdict: 'FAILED',
      exitCode: null,
      error: 'Ended by the signal SIGKILL',
    }),
    python('an exit code that looks like a signal', 'import sys; sys.exit(137)', {
      verdict: 'FAILED',
      exitCode: 137,
      error: 'Exited with code 137',
    }),
    python(
      'opens its standard streams by name',
      'print(open("/dev/stdin").read(), file=open("/dev/stdout", "w"))',
      {
        stdin: 'typed',
        stdout: 'typed\n',
      },
    ),
    python('an object that lives to the end', 'class A:\n  def __del__(self): print("gone")\na = A()', {
      stdout: 'gone\n',
    }),
    python(
      'time zones',
      'import datetime, zoneinfo\nprint(datetime.datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")).utcoffset())',
      {
        stdout: '2:00:00\n',
      },
    ),
    python('starts more than it may', MANY_THREADS, {
      limits: { processes: 10 },
      verdict: 'PROCESS_LIMIT',
      error: 'Exceeded the limit of 10 processes and threads',
    }),
    python('burns the processor while it waits', BURN, {
      limits: { cpuTimeMs: 500 },
      verdict: 'TIMED_OUT',
      error: 'Exceeded the CPU time limit of 500 ms',
    }),
  ];
}

/** Many processes also take much memory, which may be seen first. */
const BOMBED = ['PROCESS_LIMIT', 'MEMORY_LIMIT', 'FAILED', 'TIMED_OUT'] as const;

function tryAll(attempts: readonly string[], before: string): string {
  return `${before}
attempts = [${attempts.map((attempt) => `lambda: ${attempt}`).join(', ')}]
for number, attempt in enumerate(attempts):
    try: print("reached", number, attempt())
    except BaseException as error: print("refused")`;
}

const MANY_CHILDREN = `import os, time
for _ in range(8):
    if os.fork() == 0:
        kept = b"x" * 20_000_000
        time.sleep(3600)
time.sleep(3600)`;

const DAEMON = `import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for descriptor in range(3): os.close(descriptor)
        while True: time.sleep(1)
    os._exit(0)
os.wait()
print("left")`;

const FILL = `written = 0
try:
    while True:
        for number in range(10_000):
            with open(f"/tmp/{number}", "wb") as file: written += file.write(b"x" * 1_000_000)
except OSError: print("full", written)`;

const PDEATHSIG = `import ctypes
print("refused" if ctypes.CDLL(None).prctl(1, 0) < 0 else "allowed")`;

/** The kernel adds the time of a child to its parent's unless the parent ignores SIGCHLD. */
const HIDDEN_CHILDREN = `import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    if os.fork() == 0:
        end = time.process_time() + 0.1
        while time.process_time() < end: pass
        os._exit(0)
    try: os.wait()
    except ChildProcessError: pass`;

const MANY_THREADS = `import threading, time
threads = [threading.Thread(target=time.sleep, args=(3600,)) for _ in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()`;

const FORTY_THREADS = `import threading, time
threads = [threading.Thread(target=time.sleep, args=(0.2,)) for _ in range(40)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(threads))`;

/** The namespaces that a program shares with the server; the kernel names each by a number. */
const SHARED_NAMESPACES = `import os
host = ${JSON.stringify(NAMESPACES.map((name) => readlink(`/proc/self/ns/${name}`)))}
print([name for name in host if name and os.readlink("/proc/self/ns/" + name.split(":")[0]) == name])`;

const UNLIMITED = `import resource
most = dict(NOFILE=128, FSIZE=2**25, CORE=0, CPU=60, NPROC=256, STACK=2**26, AS=2**30)
print([name for name, limit in most.items()
    if not 0 <= resource.getrlimit(getattr(resource, "RLIMIT_" + name))[1] <= limit])`;

const NEW_USERS = `import ctypes
libc = ctypes.CDLL(None)
print("refused" if libc.unshare(0x10000000) < 0 else "allowed")`;

function writes(file: string, megabytes: number): string {
  return `try:
    with open("${file}", "wb") as file:
        for _ in range(${megabytes}): file.write(b"x" * 2**20)
    print("wrote")
except OSError: print("full")`;
}

const BURN = `import os
if os.fork() == 0:
    while True: pass
os.wait()`;

const KERNEL = `import ctypes, os, platform
libc = ctypes.CDLL(None, use_errno=True)
x64 = platform.machine() == "x86_64"
def call(number, *args):
    if libc.syscall(number, *args) >= 0: return "allowed"
    error = ctypes.get_errno()
    if error in (1, 38): raise OSError(error, "refused")
    return os.strerror(error)
buffer = ctypes.create_string_buffer(256)`;

/** EPERM and ENOSYS are refusals; any other error means that the kernel has looked at the call. */
const KERNEL_ATTEMPTS = [
  'call(272 if x64 else 97, 0x10000000)', // unshare, of users
  'call(165 if x64 else 40, b"none", b"/tmp", b"tmpfs", 0, None)', // mount
  'call(56 if x64 else 220, 0x10000000 | 17, None)', // clone, with a namespace of users
  'call(435, buffer, 88)', // clone3
  'call(101 if x64 else 117, 0, 0, 0, 0)', // ptrace
  'call(321 if x64 else 280, 0, buffer, 64)', // bpf
  'call(298 if x64 else 241, buffer, 0, -1, -1, 0)', // perf_event_open
  'call(425, 8, buffer)', // io_uring_setup
  'call(250 if x64 else 219, 0, -3)', // keyctl
  'call(323 if x64 else 282, 0)', // userfaultfd
  'call(319 if x64 else 279, b"x", 0)', // memfd_create
  'call(29 if x64 else 194, 0, 4096, 0o600)', // shmget
  'call(246 if x64 else 104, 0, 0, None, 0)', // kexec_load
  'call(304 if x64 else 265, 0, buffer, 0)', // open_by_handle_at
  'call(463, -100, b"/tmp", 0, b"user.a", buffer, 16)', // setxattrat
];
