package notify

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"wvwatch/internal/alert"
)

func TestResendAndResolve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		am, other := &receiver{}, &receiver{}
		n, stop := running(t, io.Discard, am, other)
		began := time.Now()

		tick(n, 10*time.Minute, firing("Fire", began))
		got := am.take()
		if len(got) != 10 {
			t.Errorf("sent %d times in ten minutes, want 10", len(got))
		}
		for i, m := range got {
			if want := began.Add(time.Duration(i) * time.Minute); !m.at.Equal(want) {
				t.Errorf("message %d at %s, want %s", i, m.at, want)
			}
			if !m.StartsAt.Equal(began) || m.EndsAt.Sub(m.at) != 4*time.Minute ||
				m.GeneratorURL != "http://wvwatch.example:9477/#alert=Fire&at=2000-01-01T00%3A00%3A00Z" || m.Annotations["summary"] != "it burns" || m.Labels["severity"] != "critical" {
				t.Errorf("message %d: %+v", i, m)
			}
		}
		wantNames(t, "the other one", other.take(), names(got)...)

		ended := time.Now()
		tick(n, time.Hour, resolved("Fire", began, ended))
		got = am.take()
		if len(got) != 16 {
			t.Errorf("resolved sent %d times, want 16: at once and each minute for a quarter of an hour", len(got))
		}
		for i, m := range got {
			if !m.EndsAt.Equal(ended) || m.at.Sub(ended) != time.Duration(i)*time.Minute {
				t.Errorf("message %d: %+v", i, m)
			}
		}
		stop()
	})
}

func TestAlertmanagerIsAwayAndComesBack(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		hangs  bool
	}{
		{"answers 500", 500, false}, {"answers 404", 404, false}, {"hangs", 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log buffer
				sound, ill := &receiver{}, &receiver{}
				ill.answer(tt.status, tt.hangs)
				n, stop := running(t, &log, ill, sound)
				began := time.Now()

				n.Send([]alert.Alert{firing("Short", began), firing("Long", began)})
				if time.Since(began) != 0 {
					t.Error("Send blocked")
				}
				synctest.Wait()
				wantNames(t, "the sound one", sound.take(), "Short", "Long")
				// One ends meanwhile, and one comes.
				time.Sleep(5 * time.Minute)
				tick(n, 5*time.Minute, resolved("Short", began, time.Now()), firing("Long", began), firing("Late", time.Now()))

				back := time.Now()
				ill.answer(0, false)
				time.Sleep(longestPause + longestPause/2 + requestTimeout)
				got := ill.take()
				wantNames(t, "after the outage", got, "-Short", "Long", "Late")
				if delay := got[0].at.Sub(back); delay > longestPause+longestPause/2+requestTimeout {
					t.Errorf("told %s after it was back", delay)
				}
				if left := got[1].EndsAt.Sub(got[1].at); left != lifetime {
					t.Errorf("a message that waited lives for %s, want %s", left, lifetime)
				}
				now := numbers(n, 0)
				if now.sent != 3 || now.failed == 0 || now.rejected != 0 || now.dropped != 0 {
					t.Errorf("counts %+v", now)
				}
				if ill.asked < 20 || ill.asked > 80 {
					t.Errorf("asked %d times in ten minutes: back-off does not back off as it should", ill.asked)
				}
				text := log.String()
				if warned := strings.Count(text, "level=WARN"); warned < 8 || warned > 11 {
					t.Errorf("%d warnings in ten minutes, want one a minute:\n%s", warned, text)
				}
				if strings.Count(text, "delivered again") != 1 {
					t.Errorf("the end of the outage is not told once:\n%s", text)
				}
				stop()
			})
		})
	}
}

func TestSlowOneHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow, fast := &receiver{takes: 8 * time.Second}, &receiver{}
		n, stop := running(t, io.Discard, slow, fast)
		began := time.Now()
		for i := range 5 {
			n.Send([]alert.Alert{firing(fmt.Sprint("Fire", i), began)})
			synctest.Wait()
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("Send took %s", took)
		}
		wantNames(t, "the fast one", fast.take(), "Fire0", "Fire1", "Fire2", "Fire3", "Fire4")
		time.Sleep(17 * time.Second) // twice 8 s, and not at the very instant of the second answer
		// What queued up after the first message goes in one.
		wantNames(t, "the slow one", slow.take(), "Fire0", "Fire1", "Fire2", "Fire3", "Fire4")
		if now := numbers(n, 0); now.sent != 5 || now.failed != 0 || slow.asked != 2 {
			t.Errorf("asked %d times, counts %+v", slow.asked, now)
		}
		stop()
	})
}

func TestRejectedAlertsAreGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log buffer
		am := &receiver{status: 400}
		n, stop := running(t, &log, am)
		n.Send([]alert.Alert{firing("Fire", time.Now())})
		time.Sleep(30 * time.Second)
		if now := numbers(n, 0); am.asked != 1 || now.rejected != 1 || now.failed != 0 {
			t.Errorf("asked %d times, counts %+v", am.asked, now)
		}
		if text := log.String(); !strings.Contains(text, "400 Bad Request") || !strings.Contains(text, "so it said") {
			t.Errorf("log:\n%s", text)
		}
		stop()
	})
}

func TestRedirectIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log buffer
		n, stop := running(t, &log, &receiver{status: 302})
		n.Send([]alert.Alert{firing("Fire", time.Now())})
		synctest.Wait()
		if now := numbers(n, 0); now.sent != 0 || now.failed != 1 {
			t.Errorf("counts %+v", now)
		}
		stop()
	})
}

func TestFullQueueDropsTheOldest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log buffer
		am := &receiver{status: 503}
		n, stop := running(t, &log, am)
		for i := range capacity + 7 {
			n.Send([]alert.Alert{firing(fmt.Sprint("Fire", i), time.Now())})
		}
		if now := numbers(n, 0); now.dropped != 7 {
			t.Errorf("dropped %d, want 7", now.dropped)
		}
		if c := strings.Count(log.String(), "queue of alerts is full"); c != 1 {
			t.Errorf("%d warnings of a full queue, want 1", c)
		}
		am.answer(0, false)
		time.Sleep(time.Minute)
		got := am.take()
		if len(got) != capacity || got[0].Labels["alertname"] != "Fire7" {
			t.Errorf("%d arrived, the first is %v", len(got), got[0].Labels)
		}
		stop()
	})
}

// Where more alerts fire than a queue holds, sending them again drops none:
// each is sent again before it would end by itself.
func TestMoreThanAQueueHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		am := &receiver{}
		n, stop := running(t, io.Discard, am)
		var alerts []alert.Alert
		for i := range capacity + 7 {
			alerts = append(alerts, firing(fmt.Sprint("Fire", i), time.Now()))
		}
		n.Send(alerts[:capacity])
		synctest.Wait()
		tick(n, 10*time.Minute, alerts...)
		last := make(map[string]time.Time)
		for _, m := range am.take() {
			name := m.Labels["alertname"]
			if before, ok := last[name]; ok && m.at.Sub(before) > 2*Resend {
				t.Errorf("%s was not told for %s", name, m.at.Sub(before))
			}
			last[name] = m.at
		}
		for _, a := range alerts {
			if name := a.Labels["alertname"]; time.Since(last[name]) > 2*Resend {
				t.Errorf("%s was told last %s ago", name, time.Since(last[name]))
			}
		}
		if now := numbers(n, 0); now.dropped != 0 {
			t.Errorf("%d dropped", now.dropped)
		}
		stop()
	})
}

func TestShutdown(t *testing.T) {
	t.Run("sends what is queued and resolves nothing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			am := &receiver{}
			n, stop := running(t, io.Discard, am)
			for i := range 3 * batchSize {
				n.Send([]alert.Alert{firing(fmt.Sprint("Fire", i), time.Now())})
			}
			if took := stop(); took != 0 {
				t.Errorf("took %s", took)
			}
			got := am.take()
			if len(got) != 3*batchSize {
				t.Errorf("%d arrived, want %d", len(got), 3*batchSize)
			}
			for _, m := range got {
				if !m.EndsAt.After(m.at) {
					t.Errorf("resolved: %+v", m)
				}
			}
		})
	})
	t.Run("tries a failing one once more", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			am := &receiver{status: 500}
			n, stop := running(t, io.Discard, am)
			n.Send([]alert.Alert{firing("Fire", time.Now())})
			time.Sleep(5 * time.Minute)
			am.answer(0, false)
			stop()
			wantNames(t, "at the end", am.take(), "Fire")
		})
	})
	t.Run("does not wait for one that hangs", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			am := &receiver{hangs: true}
			n, stop := running(t, io.Discard, am)
			n.Send([]alert.Alert{firing("Fire", time.Now())})
			synctest.Wait()
			if took := stop(); took != Grace {
				t.Errorf("took %s, want %s", took, Grace)
			}
		})
	})
	t.Run("without receivers", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n, stop := running(t, io.Discard)
			n.Send([]alert.Alert{firing("Fire", time.Now())})
			time.Sleep(time.Minute)
			stop()
		})
	})
}

func TestReloadTellsNewReceivers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := &receiver{}, &receiver{}
		n, stop := running(t, io.Discard, first)
		fire := firing("Fire", time.Now())
		n.Send([]alert.Alert{fire})
		synctest.Wait()
		plug(n, first, second)
		tick(n, 30*time.Second, fire)
		wantNames(t, "the new one", second.take(), "Fire")
		wantNames(t, "the one that stays", first.take(), "Fire", "Fire")
		if now := numbers(n, 0); now.sent != 2 {
			t.Errorf("counts did not outlive the reload: %+v", now)
		}
		plug(n, second)
		tick(n, 30*time.Second, fire)
		wantNames(t, "the one that went", first.take())
		stop()
	})
}

func TestCollector(t *testing.T) {
	n, err := New(Config{Alertmanager: AlertmanagerConfig{URLs: []string{"http://am:9093/"}}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	n.Send([]alert.Alert{firing("Fire", time.Now())})
	n.targets[0].counts.failed(3)
	n.targets[0].counts.dropped(2)
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(n)
	const want = `
# HELP wvwatch_notifications_dropped_total Alerts dropped because the queue of a receiver was full.
# TYPE wvwatch_notifications_dropped_total counter
wvwatch_notifications_dropped_total{integration="alertmanager",target="http://am:9093"} 2
# HELP wvwatch_notifications_last_success_timestamp_seconds When a receiver last took alerts; 0 for never.
# TYPE wvwatch_notifications_last_success_timestamp_seconds gauge
wvwatch_notifications_last_success_timestamp_seconds{integration="alertmanager",target="http://am:9093"} 0
# HELP wvwatch_notifications_queue_capacity Alerts that can wait to be sent.
# TYPE wvwatch_notifications_queue_capacity gauge
wvwatch_notifications_queue_capacity{integration="alertmanager",target="http://am:9093"} 1000
# HELP wvwatch_notifications_queue_length Alerts that wait to be sent.
# TYPE wvwatch_notifications_queue_length gauge
wvwatch_notifications_queue_length{integration="alertmanager",target="http://am:9093"} 1
# HELP wvwatch_notifications_total Alerts in attempts to send them, by outcome: sent; failed, to be tried again; rejected by the receiver for good.
# TYPE wvwatch_notifications_total counter
wvwatch_notifications_total{integration="alertmanager",outcome="failed",target="http://am:9093"} 3
wvwatch_notifications_total{integration="alertmanager",outcome="rejected",target="http://am:9093"} 0
wvwatch_notifications_total{integration="alertmanager",outcome="sent",target="http://am:9093"} 0
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	if problems, err := testutil.GatherAndLint(reg); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}
