#include "go_asm.h"
#include "textflag.h"

#define SYS_rt_sigprocmask 14
#define SYS_exit 60
#define SYS_getrlimit 97
#define SYS_clone3 435

#define SIG_SETMASK 2
#define RLIMIT_NOFILE 7

// func Run(p *Plan) (pid int)
TEXT ·Run(SB), NOSPLIT|NOFRAME, $0-16
	MOVQ p+0(FP), BX

	MOVQ $SIG_SETMASK, DI
	LEAQ Plan_All(BX), SI
	LEAQ Plan_Mask(BX), DX
	MOVQ $8, R10
	MOVQ $SYS_rt_sigprocmask, AX
	SYSCALL

	LEAQ Plan_Clone(BX), DI
	MOVQ $64, SI
	MOVQ $SYS_clone3, AX
	SYSCALL
	TESTQ AX, AX
	JEQ child
	MOVQ AX, R12

	MOVQ $SIG_SETMASK, DI
	LEAQ Plan_Mask(BX), SI
	MOVQ $0, DX
	MOVQ $8, R10
	MOVQ $SYS_rt_sigprocmask, AX
	SYSCALL
	MOVQ R12, pid+8(FP)
	RET

child:
	// The stack is our caller's, who waits: nothing is written there.
	LEAQ Plan_Calls(BX), R12
call:
	MOVQ Call_Number(R12), AX
	MOVQ Call_A(R12), DI
	MOVQ Call_B(R12), SI
	MOVQ Call_C(R12), DX
	MOVQ Call_D(R12), R10
	SYSCALL
	CMPQ AX, $0
	JLT failed
	MOVQ Call_Want(R12), DX
	TESTQ DX, DX
	JEQ next
	CMPQ AX, DX
	JEQ next
	MOVQ $-3, AX // ESRCH
	JMP failed
next:
	ADDQ $Call__size, R12
	JMP call

failed:
	NEGQ AX
	MOVQ AX, Plan_Errno(BX)
	MOVQ R12, Plan_Failed(BX)
	MOVQ $127, DI
	MOVQ $SYS_exit, AX
	SYSCALL
	INT $3 // it does not return

// func getrlimit(limit *[2]uint64) (errno int)
TEXT ·getrlimit(SB), NOSPLIT|NOFRAME, $0-16
	MOVQ $RLIMIT_NOFILE, DI
	MOVQ limit+0(FP), SI
	MOVQ $SYS_getrlimit, AX
	SYSCALL
	NEGQ AX
	MOVQ AX, errno+8(FP)
	RET
