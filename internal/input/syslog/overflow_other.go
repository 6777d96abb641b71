//go:build !linux

package syslog

import "net"

// countOverflow does nothing: only Linux reports how many datagrams it dropped.
func countOverflow(*net.UDPConn) error { return nil }

func overflow([]byte) (n uint32, ok bool) { return 0, false }
