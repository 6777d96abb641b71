package web

import (
	"slices"
	"time"

	"wvwatch/internal/codes"
	"wvwatch/internal/input"
	"wvwatch/internal/metrics"
	"wvwatch/internal/parser"
	"wvwatch/internal/tailer"
)

// sourceRow is one source of /api/v1/sources, in the order of the configuration.
type sourceRow struct {
	Source          string            `json:"source"`
	Files           int               `json:"files"` // followed now
	Paths           []string          `json:"paths"` // of files that are followed or were lately, in order; at most 20
	CatchingUp      bool              `json:"catching_up"`
	LagBytes        int64             `json:"lag_bytes"` // written, but not counted yet
	LastRead        time.Time         `json:"last_read,omitzero"`
	CountsBy        string            `json:"counts_by"`                   // what its failures are counted once by: client, correlation id or none
	Lateness        float64           `json:"lateness_seconds"`            // within which 99 % of its lines come; 0 for at once
	EventLag        *float64          `json:"event_lag_seconds,omitempty"` // by which fresh lines are old when they are read; nil while there are none
	Lines           uint64            `json:"lines"`
	Records         uint64            `json:"records"`
	Rotations       int64             `json:"rotations"`
	Truncations     int64             `json:"truncations"`
	LostBytes       int64             `json:"lost_bytes"` // known to be gone unread
	LostFiles       int64             `json:"lost_files"`
	OverlongLines   int64             `json:"overlong_lines"`
	OpenErrors      int64             `json:"open_errors"`
	TimesOutOfRange uint64            `json:"times_out_of_range"`
	Vetoed          map[string]uint64 `json:"vetoed"`          // numbers that are no code, by reason
	WithoutCode     map[string]uint64 `json:"without_code"`    // records about a failure that name no code, by reason
	Unlisted        map[string]uint64 `json:"unlisted"`        // occurrences of codes in no table, by drm
	Input           *inputRow         `json:"input,omitempty"` // nil for a source that follows files
}

func sourceRows(snap metrics.Snapshot, deps Deps, paths map[string][]string) []sourceRow {
	var stats tailer.Stats
	if deps.Stats != nil {
		stats = deps.Stats()
	}
	var received map[string]input.Stats
	if deps.Inputs != nil {
		received = deps.Inputs()
	}
	rows := []sourceRow{}
	marks := snap.Watermarks()
	for i, t := range snap.Sources() {
		st := stats[t.Name]
		row := sourceRow{
			Source: t.Name, Files: st.Files, CatchingUp: st.CatchingUp, LagBytes: st.LagBytes,
			Lines: t.Lines, Records: t.Records,
			Rotations: st.Rotations, Truncations: st.Truncations, LostBytes: st.LostBytes, LostFiles: st.LostFiles,
			OverlongLines: st.OverlongLines, OpenErrors: st.OpenErrors, TimesOutOfRange: t.TimesOutOfRange,
			CountsBy: marks[i].Identity.String(), Lateness: time.Duration(marks[i].Lateness).Seconds(),
			Paths: paths[t.Name], Vetoed: map[string]uint64{}, WithoutCode: map[string]uint64{}, Unlisted: map[string]uint64{},
		}
		row.Input = newInputRow(received[t.Name])
		if st.LastReadNanos != 0 {
			row.LastRead = time.Unix(0, st.LastReadNanos).UTC()
		}
		if deps.Lag != nil {
			if lag := deps.Lag(t.Name, snap.Now); lag.Samples > 0 {
				row.EventLag = new(lag.Median.Seconds())
			}
		}
		for r, n := range t.Vetoed {
			if n > 0 {
				row.Vetoed[parser.Reason(r).String()] = n
			}
		}
		if row.Paths == nil {
			row.Paths = []string{}
		}
		for m, n := range t.WithoutCode {
			if n > 0 {
				row.WithoutCode[parser.Missing(m).String()] = n
			}
		}
		for d, n := range t.Unlisted {
			if n > 0 {
				row.Unlisted[codes.DRM(d).String()] = n
			}
		}
		rows = append(rows, row)
	}
	return rows
}

const (
	maxPaths   = 20              // named of one source
	pathsEvery = 5 * time.Second // how often they are looked up
)

// paths are the names of the files of each source.
type paths struct {
	looked time.Time
	of     map[string][]string
}

func (p *paths) look(now time.Time, deps Deps) {
	if deps.Positions == nil || now.Sub(p.looked) < pathsEvery && !now.Before(p.looked) {
		return
	}
	p.looked, p.of = now, make(map[string][]string)
	for _, at := range deps.Positions() { // by source and name
		if at.Finished || at.Followed != 0 || at.Input != "" {
			continue // no file that is followed
		}
		names := p.of[at.Source]
		if len(names) < maxPaths && !slices.Contains(names, at.Name) {
			p.of[at.Source] = append(names, at.Name)
		}
	}
}
