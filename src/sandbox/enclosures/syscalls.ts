/** The numbers of the denied system calls: `[x64, arm64]`; null where the architecture lacks the call. */
const DENIED: Record<string, readonly [number | null, number | null]> = {
  // Other processes.
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  process_madvise: [440, 440],
  pidfd_getfd: [438, 438],
  kcmp: [312, 272],
  // Namespaces and mounts.
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  unshare: [272, 97],
  setns: [308, 268],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  fanotify_init: [300, 262],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  // Kernel interfaces that sandbox escapes have often exploited.
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  modify_ldt: [154, null],
  personality: [135, 92],
  uselib: [134, null],
  lookup_dcookie: [212, 18],
  // Memory that may show in no process's usage.
  shmget: [29, 194],
  shmat: [30, 196],
  shmctl: [31, 195],
  shmdt: [67, 197],
  semget: [64, 190],
  semop: [65, 193],
  semctl: [66, 191],
  semtimedop: [220, 192],
  msgget: [68, 186],
  msgsnd: [69, 189],
  msgrcv: [70, 188],
  msgctl: [71, 187],
  mq_open: [240, 180],
  memfd_create: [319, 279],
  memfd_secret: [447, 447],
  statmount: [457, 457],
  listmount: [458, 458],
  lsm_set_self_attr: [460, 460],
  setxattr: [188, 5],
  lsetxattr: [189, 6],
  fsetxattr: [190, 7],
  migrate_pages: [256, 238],
  move_pages: [279, 239],
  mbind: [237, 235],
  set_mempolicy: [238, 237],
  // The network. socketpair stays allowed: it reaches no network, and asyncio needs it.
  socket: [41, 198],
  // The state of the whole machine.
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  clock_settime: [227, 112],
  clock_adjtime: [305, 266],
  adjtimex: [159, 171],
  settimeofday: [164, 170],
  swapon: [167, 224],
  swapoff: [168, 225],
  reboot: [169, 142],
  acct: [163, 89],
  syslog: [103, 116],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  iopl: [172, null],
  ioperm: [173, null],
  vhangup: [153, 58],
};

/** System call numbers of a processor architecture, as the seccomp filter needs them. */
export interface Architecture {
  /** AUDIT_ARCH_* of linux/audit.h. */
  audit: number;
  clone: number;
  clone3: number;
  mmap: number;
  prctl: number;
  denied: readonly number[];
}

function architecture(column: 0 | 1, numbers: Omit<Architecture, 'clone3' | 'denied'>): Architecture {
  const denied = Object.values(DENIED).flatMap((columns) => columns[column] ?? []);
  return { ...numbers, clone3: 435, denied };
}

/** By `process.arch`. Sources: asm/unistd_64.h for x64, asm-generic/unistd.h for arm64. */
export const ARCHITECTURES: Partial<Record<NodeJS.Architecture, Architecture>> = {
  x64: architecture(0, { audit: 0xc000003e, clone: 56, mmap: 9, prctl: 157 }),
  arm64: architecture(1, { audit: 0xc00000b7, clone: 220, mmap: 222, prctl: 167 }),
};
