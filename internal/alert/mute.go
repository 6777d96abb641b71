package alert

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"wvwatch/internal/fault"
)

// MuteConfig keeps alerts from receivers at certain times of the week. Alerts
// are judged and shown all the same, and what still fires when the mute ends
// is sent then. An alert that was sent before the mute began goes on being
// sent, and so is its end: else a receiver would take it for resolved.
//
// Times are those of a wall clock in Timezone: where clocks are set back, an
// hour that comes twice is muted twice; one that is skipped is not muted.
type MuteConfig struct {
	Name     string            `mapstructure:"name" yaml:"name"`                   // unique; shown where an alert is muted
	Days     []string          `mapstructure:"days" yaml:"days,omitempty"`         // mon, or mon-fri: on which it begins; default every day
	From     string            `mapstructure:"from" yaml:"from,omitempty"`         // 22:00; default the beginning of the day
	To       string            `mapstructure:"to" yaml:"to,omitempty"`             // 06:00, of the next day where it is not after From; default the end of the day
	Timezone string            `mapstructure:"timezone" yaml:"timezone,omitempty"` // Local (default), UTC, Europe/Zurich ...
	Match    map[string]string `mapstructure:"match" yaml:"match,omitempty"`       // labels of the alerts, each with a regular expression for the whole value; default all alerts
}

// mute is a MuteConfig made ready for use.
type mute struct {
	name     string
	days     [7]bool // by time.Weekday
	from, to int     // minutes of the day
	zone     *time.Location
	match    map[string]*regexp.Regexp
}

const dayMinutes = 24 * 60

// newMute prepares a mute, or reports all that is wrong with it.
func newMute(c MuteConfig) (*mute, error) {
	m := &mute{name: c.Name, to: dayMinutes, match: make(map[string]*regexp.Regexp)}
	var fs fault.List
	if strings.TrimSpace(c.Name) == "" {
		fs.AddFix("name", "write what happens then, such as deploys", "missing")
	}
	for i, text := range c.Days {
		if !m.addDays(text) {
			fs.AddFix(fmt.Sprintf("days[%d]", i), fmt.Sprintf("one of %s, or a range such as mon-fri", strings.Join(weekdays(), ", ")), "%q", text)
		}
	}
	if len(c.Days) == 0 {
		m.days = [7]bool{true, true, true, true, true, true, true}
	}
	for _, at := range []struct {
		field, text string
		to          *int
	}{{"from", c.From, &m.from}, {"to", c.To, &m.to}} {
		if at.text == "" {
			continue
		}
		n, ok := minutesOf(at.text)
		if !ok {
			fs.Add(at.field, "%q: must be a time of day, from \"00:00\" to \"24:00\"", at.text)
		}
		*at.to = n
	}
	if (c.From != "" || c.To != "") && m.from%dayMinutes == m.to%dayMinutes && m.from != 0 {
		fs.AddFix("to", "leave both out for the whole day", "the same as from")
	}
	var err error
	if m.zone, err = time.LoadLocation(c.Timezone); err != nil || c.Timezone == "" {
		m.zone = time.Local
	}
	if err != nil {
		fs.Add("timezone", "%q is no time zone: Local, UTC, or a name such as Europe/Zurich", c.Timezone)
	}
	for _, label := range slices.Sorted(maps.Keys(c.Match)) {
		if m.match[label], err = regexp.Compile("^(?:" + c.Match[label] + ")$"); err != nil {
			fs.Add("match."+label, "%q: not a regular expression: %v", c.Match[label], err)
		}
	}
	return m, fs.Err()
}

func weekdays() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// addDays adds a day or a range of days, which may go over the end of the week.
func (m *mute) addDays(text string) bool {
	first, last, isRange := strings.Cut(strings.ToLower(strings.ReplaceAll(text, " ", "")), "-")
	from := dayOf(first)
	to := from
	if isRange {
		to = dayOf(last)
	}
	if from < 0 || to < 0 {
		return false
	}
	for day := from; ; day = (day + 1) % 7 {
		m.days[day] = true
		if day == to {
			return true
		}
	}
}

// dayOf returns the number of a day by its name or the first three letters of
// it; -1 for none.
func dayOf(word string) int {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if name := strings.ToLower(d.String()); word == name || word == name[:3] {
			return int(d)
		}
	}
	return -1
}

// minutesOf parses 6:30, 06:30 or 24:00.
func minutesOf(text string) (int, bool) {
	if text == "24:00" {
		return dayMinutes, true
	}
	t, err := time.Parse("15:04", text)
	return t.Hour()*60 + t.Minute(), err == nil
}

// active reports whether the mute is on at a time.
func (m *mute) active(now time.Time) bool {
	now = now.In(m.zone)
	at, day := now.Hour()*60+now.Minute(), now.Weekday()
	if m.from < m.to {
		return m.days[day] && m.from <= at && at < m.to
	}
	yesterday := (day + 6) % 7
	return m.days[day] && at >= m.from || m.days[yesterday] && at < m.to
}

// matches reports whether the mute is about an alert.
func (m *mute) matches(labels map[string]string) bool {
	for name, value := range m.match {
		if !value.MatchString(labels[name]) {
			return false
		}
	}
	return true
}

// mutes are those of an engine, in the order of the configuration.
type mutes []*mute

// nameFor returns the name of the first mute that is on for an alert; "" for none.
func (l mutes) nameFor(labels map[string]string, now time.Time) string {
	for _, m := range l {
		if m.matches(labels) && m.active(now) {
			return m.name
		}
	}
	return ""
}

// updateMute sets whether an alert is muted now.
func (t *instance) updateMute(l mutes, now time.Time) {
	s := &t.status
	s.Muted = l.nameFor(s.Labels, now)
	if s.State == Firing {
		s.Unsent = s.Muted != "" && (s.Unsent || s.FiredAt.Equal(now))
	}
}

// Mute is the state of one mute.
type Mute struct {
	Name   string `json:"name"`
	Active bool   `json:"active"`
	Muted  int    `json:"muted"` // firing alerts that it keeps from receivers
}

// newMutes prepares all mutes.
func newMutes(list []MuteConfig) (mutes, error) {
	all := make(mutes, len(list))
	for i, c := range list {
		var err error
		if all[i], err = newMute(c); err != nil {
			return nil, fmt.Errorf("mute %q: %w", c.Name, err)
		}
	}
	return all, nil
}

// Always reports whether c names neither times nor alerts, so that nothing is sent.
func (c MuteConfig) Always() bool {
	return len(c.Days) == 0 && c.From == "" && c.To == "" && len(c.Match) == 0
}
