import type { Architecture } from './syscalls.ts';

// Opcodes of classic BPF (linux/bpf_common.h) and return values of seccomp filters (linux/seccomp.h).
const LOAD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_AT_LEAST = 0x35;
const JUMP_IF_ANY_BIT = 0x45;
const AND = 0x54;
const RETURN = 0x06;

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const errno = (number: number) => 0x00050000 | number;
const EPERM = errno(1);
const ENOSYS = errno(38);

/** Offsets in struct seccomp_data. Both architectures are little-endian: the low half of an argument comes first. */
const NUMBER = 0;
const ARCH = 4;
const argument = (index: number) => 16 + 8 * index;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET of linux/sched.h. */
const CLONE_NAMESPACES = 0x7e020000;

/** MAP_SHARED | MAP_ANONYMOUS of linux/mman.h. Its pages can stay allocated while no process's memory usage shows them. */
const MAP_SHARED_ANONYMOUS = 0x21;

/** Option of prctl (linux/prctl.h). With it a program could disable its death with the supervisor. */
const PR_SET_PDEATHSIG = 1;

/** Numbers from here on are system calls newer than this filter, or those of the x32 ABI of x86-64. */
const FIRST_UNKNOWN = 463;

/**
 * Returns the seccomp filter as bwrap reads it: a program in classic BPF. Denied system calls fail with EPERM.
 * clone3 fails with ENOSYS, so that libraries fall back to clone, whose flags a filter can inspect.
 */
export function seccompFilter({ audit, clone, clone3, mmap, prctl, denied }: Architecture): Buffer {
  const returnIf = (jump: number, value: number, result: number) => [
    instruction(jump, value, { ifFalse: 1 }),
    instruction(RETURN, result),
  ];
  /** Runs checks for one system call and allows it if none of them returned. */
  const forSyscall = (number: number, checks: Buffer[]) => [
    instruction(JUMP_IF_EQUAL, number, { ifFalse: checks.length + 1 }),
    ...checks,
    instruction(RETURN, ALLOW),
  ];
  return Buffer.concat([
    instruction(LOAD, ARCH),
    instruction(JUMP_IF_EQUAL, audit, { ifTrue: 1 }),
    instruction(RETURN, KILL),
    instruction(LOAD, NUMBER),
    ...returnIf(JUMP_IF_AT_LEAST, FIRST_UNKNOWN, ENOSYS),
    ...returnIf(JUMP_IF_EQUAL, clone3, ENOSYS),
    ...denied.flatMap((number) => returnIf(JUMP_IF_EQUAL, number, EPERM)),
    ...forSyscall(clone, [
      instruction(LOAD, argument(0)),
      ...returnIf(JUMP_IF_ANY_BIT, CLONE_NAMESPACES, EPERM),
    ]),
    ...forSyscall(mmap, [
      instruction(LOAD, argument(3)),
      instruction(AND, MAP_SHARED_ANONYMOUS),
      ...returnIf(JUMP_IF_EQUAL, MAP_SHARED_ANONYMOUS, EPERM),
    ]),
    ...forSyscall(prctl, [
      instruction(LOAD, argument(0)),
      ...returnIf(JUMP_IF_EQUAL, PR_SET_PDEATHSIG, EPERM),
    ]),
    instruction(RETURN, ALLOW),
  ]);
}

/** Returns a struct sock_filter (linux/filter.h). `ifTrue` and `ifFalse` count the instructions that a jump skips. */
function instruction(code: number, value: number, { ifTrue = 0, ifFalse = 0 } = {}): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(ifTrue, 2);
  bytes.writeUInt8(ifFalse, 3);
  bytes.writeUInt32LE(value >>> 0, 4);
  return bytes;
}
