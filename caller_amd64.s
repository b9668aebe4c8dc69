#include "textflag.h"

// func callerPC() uintptr
//
// It has no frame of its own and a call from the same package has no wrapper,
// so BP is the frame of the function that calls. Above it lies that function's
// return address. A second hop would name the caller's caller.
TEXT ·callerPC(SB), NOSPLIT|NOFRAME, $0-8
	MOVQ	8(BP), AX
	MOVQ	AX, ret+0(FP)
	RET
