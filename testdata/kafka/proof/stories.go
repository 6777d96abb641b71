package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"time"
)

// while produces traffic as long as story runs.
func (p *proof) while(rate int, story func() error) error {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.traffic.run(ctx, rate) }()
	err := story()
	stop()
	return errors.Join(err, <-done)
}

// steady measures what a standby costs while a leader counts.
func (p *proof) steady() error {
	if p.kills < 5 {
		return nil // a try: it would take longer than the rest
	}
	return p.while(p.rate, func() error {
		const window = 20 * time.Second
		time.Sleep(7 * time.Second)
		standby, leader := p.group.slots[1], p.group.slots[0]
		share := func(m *member, from time.Duration) float64 {
			return 100 * (m.cpu() - from).Seconds() / window.Seconds()
		}
		p.prom.signal(syscall.SIGSTOP)
		s := standby.cpu()
		time.Sleep(window)
		alone := share(standby, s)
		p.prom.signal(syscall.SIGCONT)
		s, l := standby.cpu(), leader.cpu()
		time.Sleep(window)
		p.row(fmt.Sprintf("standby, while the leader counts %d records/s", p.rate), "%.2f %% of a core, %.2f %% where it is scraped every second; %.1f MiB resident, of which %.1f MiB are not the program file",
			alone, share(standby, s), standby.memory("VmRSS"), standby.memory("RssAnon"))
		p.row("leader, the same time", "%.1f %% of a core, %.1f MiB resident", share(leader, l), leader.memory("VmRSS"))
		return nil
	})
}

// kill kills leaders. An alert that fires all the time must be sent once in all, and
// one that becomes due while no member leads soon after the takeover.
func (p *proof) kill() error {
	if p.kills == 0 {
		return nil
	}
	var takeovers, alerts []time.Duration
	err := p.while(p.killRate, func() error {
		if err := p.hook.await("Denied", 60*time.Second); err != nil {
			return err
		}
		for n := range p.kills {
			time.Sleep(time.Duration(2000+rand.IntN(3000)) * time.Millisecond)
			slot, err := p.group.leader(time.Minute)
			if err != nil {
				return err
			}
			p.group.slots[slot].kill()
			killed := time.Now()
			p.group.slots[slot] = nil
			if n == 0 {
				if err := p.due(); err != nil {
					return err
				}
			}
			if _, err := p.group.leader(2 * time.Minute); err != nil {
				return err
			}
			took := time.Since(killed)
			takeovers = append(takeovers, took)
			if n == 0 {
				if err := p.hook.await("Due", time.Minute); err != nil {
					return err
				}
				alerts = append(alerts, p.hook.first("Due").Sub(killed)-took)
			}
			if err := p.group.start(slot); err != nil {
				return err
			}
			if err := p.group.standby(slot, time.Minute); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.Sort(takeovers)
	at := func(q float64) time.Duration { return takeovers[min(len(takeovers)-1, int(q*float64(len(takeovers))))] }
	p.row(fmt.Sprintf("takeover after kill -9, %d times, at %d records/s", p.kills, p.killRate), "median %.1f s, p95 %.1f s, longest %.1f s",
		at(0.5).Seconds(), at(0.95).Seconds(), takeovers[len(takeovers)-1].Seconds())
	p.row("an alert that fires before and after, sent to the webhook", "%d times", p.hook.count("Denied"))
	p.row("an alert that is due while no member leads, after the takeover", "%.1f s", alerts[0].Seconds())
	return nil
}

// rebalance lets members join and leave; the leader must stay and answer.
func (p *proof) rebalance() error {
	if p.rebalances == 0 {
		return nil
	}
	failed, asked := 0, 0
	err := p.while(p.rate, func() error {
		slot, err := p.group.leader(time.Minute)
		if err != nil {
			return err
		}
		watching, stop := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() {
			defer close(done)
			for watching.Err() == nil {
				text, ok := p.group.slots[slot].scrape()
				if asked++; !ok || !leads(text) {
					failed++
				}
				time.Sleep(200 * time.Millisecond)
			}
		}()
		defer func() { stop(); <-done }()
		for n := 0; n < p.rebalances; {
			for other := range p.group.slots {
				if other == slot || n >= p.rebalances {
					continue
				}
				if p.group.slots[other] == nil {
					if err := p.group.start(other); err != nil {
						return err
					}
					if err := p.group.standby(other, time.Minute); err != nil {
						return err
					}
				} else {
					p.group.slots[other].end()
					p.group.slots[other] = nil
				}
				n++
				time.Sleep(time.Second)
			}
		}
		return nil
	})
	p.row(fmt.Sprintf("rebalances, %d members that join or leave", p.rebalances), "the leader stayed; %d of %d scrapes of it failed", failed, asked)
	return err
}

// restartBroker ends the only broker and starts it again.
func (p *proof) restartBroker() error {
	if !p.restart {
		return nil
	}
	return p.while(p.rate, func() error {
		begin := time.Now()
		p.server.end()
		time.Sleep(3 * time.Second)
		if err := p.startBroker(); err != nil {
			return err
		}
		before := p.traffic.rounds.Load()
		for p.traffic.rounds.Load() <= before && time.Since(begin) < 2*time.Minute {
			time.Sleep(100 * time.Millisecond)
		}
		back := time.Since(begin)
		if _, err := p.group.leader(2 * time.Minute); err != nil {
			return err
		}
		p.row("broker restarted", "producers go on after %.1f s, a leader answers after %.1f s", back.Seconds(), time.Since(begin).Seconds())
		return nil
	})
}

// stopLeader stops a leader for so long that another one leads, and lets it go on.
func (p *proof) stopLeader() error {
	if p.zombie == 0 {
		return nil
	}
	for slot := range 2 {
		if p.group.slots[slot] == nil {
			if err := p.group.start(slot); err != nil {
				return err
			}
			time.Sleep(3 * time.Second)
		}
	}
	return p.while(p.rate, func() error {
		slot, err := p.group.leader(time.Minute)
		if err != nil {
			return err
		}
		zombie := p.group.slots[slot]
		zombie.signal(syscall.SIGSTOP)
		time.Sleep(time.Duration(p.zombie) * time.Second)
		if next, err := p.group.leader(time.Minute); err != nil || next == slot {
			return fmt.Errorf("no member took over from a stopped leader: %w", err)
		}
		sent := p.hook.total()
		zombie.signal(syscall.SIGCONT)
		stale, asked := 0, 0
		for begin := time.Now(); time.Since(begin) < 10*time.Second; time.Sleep(20 * time.Millisecond) {
			text, ok := zombie.scrape()
			if asked++; ok && strings.Contains(text, "\ndrm_extras_total") {
				stale++
			}
		}
		p.row(fmt.Sprintf("zombie: a leader stopped for %d s", p.zombie), "%d of %d scrapes of it had counts, %d alerts sent by it; it is a standby again: %v",
			stale, asked, p.hook.total()-sent, p.group.standby(slot, 30*time.Second) == nil)
		if stale > 0 {
			return errors.New("the zombie showed counts")
		}
		return nil
	})
}
