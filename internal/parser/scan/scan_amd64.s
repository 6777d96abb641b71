//go:build !purego

#include "textflag.h"

// The low and high four bits of each byte select a byte of two tables; of the three bytes
// of a window, all six must share a bit. Y0 to Y5 are the tables, Y6 is the mask of four
// bits, Y7 quotes, Y8 newlines, Y9 zero.

// NIBBLES ands what the tables low and high say of the bytes at off(SI) to acc.
#define NIBBLES(off, low, high, acc) \
	VMOVDQU off(SI), Y11;  \
	VPSRLW  $4, Y11, Y12;  \
	VPAND   Y6, Y11, Y11;  \
	VPAND   Y6, Y12, Y12;  \
	VPSHUFB Y11, low, Y11; \
	VPSHUFB Y12, high, Y12; \
	VPAND   Y11, acc, acc; \
	VPAND   Y12, acc, acc

// HALF marks the 32 bytes at off(SI): no place in R8, quotes in R9, newlines in R10.
#define HALF(off) \
	VMOVDQU   off(SI), Y11;     \
	VPCMPEQB  Y7, Y11, Y13;     \
	VPCMPEQB  Y8, Y11, Y14;     \
	VPMOVMSKB Y13, R9;          \
	VPMOVMSKB Y14, R10;         \
	VPSRLW    $4, Y11, Y12;     \
	VPAND     Y6, Y11, Y11;     \
	VPAND     Y6, Y12, Y12;     \
	VPSHUFB   Y11, Y0, Y11;     \
	VPSHUFB   Y12, Y1, Y12;     \
	VPAND     Y11, Y12, Y10;    \
	NIBBLES(off+1, Y2, Y3, Y10) \
	NIBBLES(off+2, Y4, Y5, Y10) \
	VPCMPEQB  Y9, Y10, Y10;     \
	VPMOVMSKB Y10, R8

DATA nibble<>+0(SB)/1, $0x0f
GLOBL nibble<>(SB), RODATA|NOPTR, $1
DATA quote<>+0(SB)/1, $0x22
GLOBL quote<>(SB), RODATA|NOPTR, $1
DATA newline<>+0(SB)/1, $0x0a
GLOBL newline<>(SB), RODATA|NOPTR, $1

// func mark(places, quotes, newlines *uint64, text *byte, count int, tables *[96]byte)
TEXT ·mark(SB), NOSPLIT, $0-48
	MOVQ places+0(FP), DI
	MOVQ quotes+8(FP), BX
	MOVQ newlines+16(FP), AX
	MOVQ text+24(FP), SI
	MOVQ count+32(FP), CX
	MOVQ tables+40(FP), DX
	VBROADCASTI128 0(DX), Y0
	VBROADCASTI128 16(DX), Y1
	VBROADCASTI128 32(DX), Y2
	VBROADCASTI128 48(DX), Y3
	VBROADCASTI128 64(DX), Y4
	VBROADCASTI128 80(DX), Y5
	VPBROADCASTB nibble<>(SB), Y6
	VPBROADCASTB quote<>(SB), Y7
	VPBROADCASTB newline<>(SB), Y8
	VPXOR Y9, Y9, Y9

loop:
	HALF(0)
	MOVQ R8, R11
	MOVQ R9, R12
	MOVQ R10, R13
	HALF(32)
	SHLQ $32, R8
	SHLQ $32, R9
	SHLQ $32, R10
	ORQ  R8, R11
	ORQ  R9, R12
	ORQ  R10, R13
	NOTQ R11
	MOVQ R11, 0(DI)
	MOVQ R12, 0(BX)
	MOVQ R13, 0(AX)
	ADDQ $64, SI
	ADDQ $8, DI
	ADDQ $8, BX
	ADDQ $8, AX
	SUBQ $1, CX
	JNZ  loop
	VZEROUPPER
	RET
