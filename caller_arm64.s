#include "textflag.h"

// func callerPC() uintptr
//
// See caller_amd64.s. R29 points just below the saved link register.
TEXT ·callerPC(SB), NOSPLIT|NOFRAME, $0-8
	MOVD	8(R29), R0
	MOVD	R0, ret+0(FP)
	RET
