/*
 * sandbox.h - what a worker may do once it holds all that it needs.
 *
 * After sandbox_enter the process can read and write what is open already, ask for
 * memory and the time, and end. It cannot open a file, make a socket, start a program or
 * another process: Landlock denies the file system where the kernel has it, seccomp
 * denies all other system calls where the kernel has it. What the kernel lacks is left out:
 * results are the same.
 */
#ifndef O365LENS_ANALYZER_SANDBOX_H
#define O365LENS_ANALYZER_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

enum sandbox_part { SANDBOX_LANDLOCK = 1, SANDBOX_SECCOMP = 2 };

/* `address_space` in bytes, 0: no limit. Returns the parts that are in force. */
unsigned sandbox_enter(uint64_t address_space);

#endif
