package syslog

import (
	"encoding/binary"
	"errors"
	"net"

	"golang.org/x/sys/unix"
)

// cmsgHeader is the size of the header of a control message on 64-bit systems.
const cmsgHeader = 16

// countOverflow makes the kernel report how many datagrams it dropped.
func countOverflow(c *net.UDPConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var wrong error
	err = raw.Control(func(fd uintptr) { wrong = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1) })
	return errors.Join(err, wrong)
}

// overflow returns how many datagrams the socket dropped since it was opened, which
// the kernel attaches to the next datagram where there were any: SO_RXQ_OVFL in
// socket(7).
func overflow(oob []byte) (n uint32, ok bool) {
	for len(oob) >= cmsgHeader+4 {
		length := binary.NativeEndian.Uint64(oob)
		level, kind := binary.NativeEndian.Uint32(oob[8:]), binary.NativeEndian.Uint32(oob[12:])
		if level == unix.SOL_SOCKET && kind == unix.SO_RXQ_OVFL {
			return binary.NativeEndian.Uint32(oob[cmsgHeader:]), true
		}
		next := (length + 7) &^ 7
		if next < cmsgHeader || next > uint64(len(oob)) {
			return 0, false
		}
		oob = oob[next:]
	}
	return 0, false
}
