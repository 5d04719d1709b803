import type { Machine } from './syscalls.ts';

// The opcodes of classic BPF (linux/bpf_common.h) and the answers of seccomp (linux/seccomp.h).
const LOAD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_AT_LEAST = 0x35;
const JUMP_IF_ANY_BIT = 0x45;
const RETURN = 0x06;

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const errno = (number: number) => 0x00050000 | number;
const EPERM = errno(1);
const ENOSYS = errno(38);

/** Offsets in seccomp_data; both machines are little-endian, so an argument's low half comes first. */
const NUMBER = 0;
const ARCH = 4;
const FIRST_ARGUMENT = 16;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET of linux/sched.h. */
const NEW_NAMESPACE = 0x7e020000;

/** Numbers from here on are x86-64's second set of the same calls (x32). */
const X32 = 0x40000000;

/**
 * The system call filter as bubblewrap takes it: a program of classic BPF. Denied calls fail with EPERM; clone3
 * is said not to exist, so that libraries fall back to clone, whose flags a filter can see.
 */
export function systemCallFilter({ audit, clone, clone3, denied }: Machine): Buffer {
  const answerIf = (jump: number, value: number, answer: number) => [
    instruction(jump, value, { fails: 1 }),
    instruction(RETURN, answer),
  ];
  return Buffer.concat([
    instruction(LOAD, ARCH),
    instruction(JUMP_IF_EQUAL, audit, { holds: 1 }),
    instruction(RETURN, KILL),
    instruction(LOAD, NUMBER),
    ...answerIf(JUMP_IF_AT_LEAST, X32, ENOSYS),
    ...answerIf(JUMP_IF_EQUAL, clone3, ENOSYS),
    ...denied.flatMap((number) => answerIf(JUMP_IF_EQUAL, number, EPERM)),
    instruction(JUMP_IF_EQUAL, clone, { fails: 3 }),
    instruction(LOAD, FIRST_ARGUMENT),
    ...answerIf(JUMP_IF_ANY_BIT, NEW_NAMESPACE, EPERM),
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
