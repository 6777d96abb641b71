package daemon

import (
	"fmt"

	systemd "github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"
)

// notifySystemd sends state to the service manager of a unit with Type=notify or
// notify-reload; without one it does nothing.
func notifySystemd(state string) {
	_, _ = systemd.SdNotify(false, state) // a manager that does not listen is no reason to stop
}

// reloadingState returns the message that announces a reload, with the time of it.
func reloadingState() string {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		return "RELOADING=1"
	}
	return fmt.Sprintf("RELOADING=1\nMONOTONIC_USEC=%d", t.Nano()/1000)
}
