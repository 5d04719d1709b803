import type { Machine } from './syscalls.ts';

// The opcodes of classic BPF (linux/bpf_common.h) and the answers of seccomp (linux/seccomp.h).
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

/** Offsets in seccomp_data; both machines are little-endian, so an argument's low half comes first. */
const NUMBER = 0;
const ARCH = 4;
const argument = (index: number) => 16 + 8 * index;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET of linux/sched.h. */
const NEW_NAMESPACE = 0x7e020000;

/** MAP_SHARED and MAP_ANONYMOUS of linux/mman.h: together, memory that no process is seen to have. */
const SHARED_ANONYMOUS = 0x21;

/** PR_SET_PDEATHSIG of linux/prctl.h, with which a program would outlive whoever watches it. */
const SET_DEATH_SIGNAL = 1;

/** Calls from here on came after this filter, or are x86-64's second set of the same calls (x32). */
const FIRST_UNKNOWN = 463;

/**
 * The system call filter as bubblewrap takes it: a program of classic BPF. Denied calls fail with EPERM; clone3
 * is said not to exist, so that libraries fall back to clone, whose flags a filter can see.
 */
export function systemCallFilter({ audit, clone, clone3, mmap, prctl, denied }: Machine): Buffer {
  const answerIf = (jump: number, value: number, answer: number) => [
    instruction(jump, value, { fails: 1 }),
    instruction(RETURN, answer),
  ];
  /** Looks at an argument of one call, which no check that follows is about. */
  const ofCall = (number: number, checks: Buffer[]) => [
    instruction(JUMP_IF_EQUAL, number, { fails: checks.length + 1 }),
    ...checks,
    instruction(RETURN, ALLOW),
  ];
  return Buffer.concat([
    instruction(LOAD, ARCH),
    instruction(JUMP_IF_EQUAL, audit, { holds: 1 }),
    instruction(RETURN, KILL),
    instruction(LOAD, NUMBER),
    ...answerIf(JUMP_IF_AT_LEAST, FIRST_UNKNOWN, ENOSYS),
    ...answerIf(JUMP_IF_EQUAL, clone3, ENOSYS),
    ...denied.flatMap((number) => answerIf(JUMP_IF_EQUAL, number, EPERM)),
    ...ofCall(clone, [instruction(LOAD, argument(0)), ...answerIf(JUMP_IF_ANY_BIT, NEW_NAMESPACE, EPERM)]),
    ...ofCall(mmap, [
      instruction(LOAD, argument(3)),
      instruction(AND, SHARED_ANONYMOUS),
      ...answerIf(JUMP_IF_EQUAL, SHARED_ANONYMOUS, EPERM),
    ]),
    ...ofCall(prctl, [instruction(LOAD, argument(0)), ...answerIf(JUMP_IF_EQUAL, SET_DEATH_SIGNAL, EPERM)]),
    instruction(RETURN, ALLOW),
  ]);
}

/** One sock_filter of linux/filter.h: the instructions to skip when a jump's condition holds, and when not. */
function instruction(code: number, value: number, { holds = 0, fails = 0 } = {}): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(holds, 2);
  bytes.writeUInt8(fails, 3);
  bytes.writeUInt32LE(value >>> 0, 4);
  return bytes;
}
