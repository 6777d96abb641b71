package web

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// Of one number that is in a record several times, only the place that counts is
// marked so; the others are ignored, with the reason. Digits of longer numbers are
// neither.
func TestMarks(t *testing.T) {
	for _, tt := range []struct {
		name, line string
		code       int
		want       []string // number, "counted" or the reason, in the order of the text
	}{
		{"alone", `{"errorCode":4006}`, 4006, []string{"4006 counted"}},
		{"a player's own code", `{"shaka":{"code":6007,"category":6},"licence":{"errorCode":6007,"message":"Key manager service is not reachable."}}`, 6007,
			[]string{"6007 player-object", "6007 counted"}},
		{"something touches it", `extra=4025 extra=4025:1 `, 4025, []string{"4025 counted", "4025 attached"}},
		{"a thread", `[thread 4025] extra=4025`, 4025, []string{"4025 no-evidence", "4025 counted"}},
		{"a negative number", `errorCode=-4025 extra=4025`, 4025, []string{"4025 negative", "4025 counted"}},
		{"within longer numbers", `id=940061 t=14006 extra=4006`, 4006, []string{"4006 counted"}},
		{"twice the same code", `extra=4025 body={"errorCode":4025}`, 4025, []string{"4025 counted", "4025 counted"}},
		{"letters of several bytes", `größe=✓ extra=4006`, 4006, []string{"4006 counted"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, "proxy")
			w.read(t, "proxy", tt.line+"\n")
			h := handler(t, Config{}, w.deps(t))
			list := askJSON[samplesBody](t, h, fmt.Sprintf("/api/v1/samples?code=%d", tt.code), 200).Samples
			if len(list) == 0 {
				t.Fatal("no sample")
			}
			var got []string
			for _, m := range list[0].Marks {
				text := string([]rune(list[0].Text)[m.At : m.At+m.Length])
				if text != fmt.Sprint(m.Number) {
					t.Errorf("the mark of %d is on %q in %q", m.Number, text, list[0].Text)
				}
				if m.Number == tt.code {
					got = append(got, strings.TrimSpace(fmt.Sprintf("%d %s", m.Number, map[bool]string{true: "counted", false: m.Reason}[m.Reason == ""])))
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q: %s", got, tt.want, list[0].Text)
			}
		})
	}
}

// In the dialog of a code only the number that counts is marked as counted; the same
// number of a player is struck through, with the reason. The query of the numbers
// can be copied.
func TestMarksInABrowser(t *testing.T) {
	w := newWorld(t, "proxy")
	w.read(t, "proxy", `{"shaka":{"code":6007,"category":6},"licence":{"errorCode":6007,"message":"Key manager service is not reachable."}}`+"\n")
	b := browse(t, w.deps(t))
	b.open()
	b.click(`#table tr[data-code="6007"] button`)
	b.until(`document.querySelectorAll('#details .sample').length > 0`)
	b.want(`[...document.querySelectorAll('#details mark')].map((m) => m.textContent).join()`, "6007")
	b.want(`[...document.querySelectorAll('#details del')].map((m) => m.textContent + ' ' + m.title).join()`, "6007 ignored: numbers stood in a player’s own error object: they are the player’s")
	b.eval(`document.addEventListener('copy', () => { window.copied = document.activeElement.value; })`)
	b.eval(`document.querySelector('#details .copy').focus()`)
	b.do(chromedp.KeyEvent("\r")) // by keyboard
	b.until(`window.copied === '60 * sum(rate(drm_incidents_total{drm="widevine",code="6007"}[5m]))'`)
	b.want(`document.activeElement.className`, "quiet copy")
	b.shoot("marks")
	b.quiet()
}
