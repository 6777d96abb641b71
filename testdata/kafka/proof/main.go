// Command proof runs a group of daemons against a real broker of Apache Kafka and a
// real Prometheus, kills and stops what can be killed and stopped, and prints what was
// counted and the truth, as Markdown. It ends with status 1 where they differ.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

type options struct {
	binary, jars, broker     string
	kills, rebalances, rate  int
	killRate, zombie, rounds int
	restart                  bool
}

func main() {
	var o options
	flag.StringVar(&o.binary, "binary", "bin/wvwatch", "the program")
	flag.StringVar(&o.jars, "jars", "", "directory of the broker's jars")
	flag.StringVar(&o.broker, "broker", "testdata/kafka/broker", "script that runs a broker")
	flag.IntVar(&o.kills, "kills", 20, "kill -9 of the leader")
	flag.IntVar(&o.rebalances, "rebalances", 20, "members that join and leave")
	flag.IntVar(&o.rate, "rate", 5000, "records a second")
	flag.IntVar(&o.killRate, "kill-rate", 50_000, "the same while leaders are killed")
	flag.BoolVar(&o.restart, "restart", true, "restart the broker")
	flag.IntVar(&o.zombie, "zombie", 30, "seconds for which a leader is stopped; 0: it is not")
	flag.IntVar(&o.rounds, "catchup", 3000, "thousand records that one daemon catches up with; 0: none")
	flag.Parse()
	dir, err := os.MkdirTemp("", "kafka-proof-")
	if err == nil {
		p := &proof{options: o, dir: dir}
		err = p.run()
		p.end()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "proof:", err, "- logs are in", dir)
		os.Exit(1)
	}
	_ = os.RemoveAll(dir)
}

func output(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, exit.Stderr)
	}
	return string(out), err
}

// cpuOf runs a program and returns the time that it used.
func cpuOf(name string, args ...string) (time.Duration, error) {
	cmd := exec.Command(name, args...)
	err := cmd.Run()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}
