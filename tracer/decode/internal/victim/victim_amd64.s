#include "textflag.h"

// func softInterrupt(nr, a, b, c, d, e, f uintptr) (r uintptr)
// The sixth argument goes where Go keeps its frame pointer; r12 to r15 survive.
TEXT ·softInterrupt(SB), NOSPLIT|NOFRAME, $0-64
	MOVQ BP, R12
	MOVQ nr+0(FP), AX
	MOVQ a+8(FP), BX
	MOVQ b+16(FP), CX
	MOVQ c+24(FP), DX
	MOVQ d+32(FP), SI
	MOVQ e+40(FP), DI
	MOVQ f+48(FP), BP
	INT  $0x80
	MOVQ R12, BP
	MOVQ AX, r+56(FP)
	RET
