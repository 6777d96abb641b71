package web

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// A drag over the chart, or a range that is typed, shows that time; it is in the
// address, and Back shows the time before.
func TestTimeRange(t *testing.T) {
	w := busyDay(t)
	b := browse(t, w.deps(t))
	b.scheme("light")
	b.open()
	b.until(`document.querySelector('#chart').dataset.points === '120'`)

	var box struct{ X, Y, W float64 }
	if _, err := fmt.Sscan(b.eval(`((r) => [r.left, r.top + r.height / 2, r.width].join(' '))(document.querySelector('#chart .u-over').getBoundingClientRect())`), &box.X, &box.Y, &box.W); err != nil {
		t.Fatal(err)
	}
	mouse := func(kind input.DispatchMouseEventType, x float64) chromedp.Action[chromedp.Void] {
		return command(input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: x, Y: box.Y, Button: "left", Buttons: 1, ClickCount: 1})
	}
	b.do(mouse("mouseMoved", box.X+box.W/4), mouse("mousePressed", box.X+box.W/4), mouse("mouseMoved", box.X+box.W/3), mouse("mouseMoved", box.X+box.W/2), mouse("mouseReleased", box.X+box.W/2))
	b.until(`!document.querySelector('#unzoom').hidden && document.querySelector('#chart').dataset.points !== '120'`)
	minutes := `((p) => (Date.parse(p.get('to')) - Date.parse(p.get('from'))) / 60000)(new URLSearchParams(location.hash.slice(1)))`
	b.want(minutes+` > 14 && `+minutes+` < 17`, "true") // a quarter of an hour
	b.want(`document.querySelectorAll('#spans [aria-pressed="true"]').length`, "0")
	b.want(`document.querySelector('#chart').dataset.points === document.querySelector('#requests-chart').dataset.points`, "true")
	b.shoot("zoomed")
	b.do(chromedp.Reload())
	b.until(`!document.querySelector('#unzoom').hidden && Number(document.querySelector('#chart').dataset.points) < 110`)
	b.eval(`history.back()`)
	b.until(`document.querySelector('#unzoom').hidden && document.querySelector('#chart').dataset.points === '120'`)

	// By keyboard: what happened around the outage of seven hours ago.
	b.eval(`document.querySelector('#range summary').focus()`)
	b.do(chromedp.KeyEvent("\r"))
	b.until(`document.querySelector('#range').open && document.querySelector('#range-form').elements.from.value !== ''`)
	b.want(`document.querySelector('#range-zone').textContent.includes(Intl.DateTimeFormat().resolvedOptions().timeZone)`, "true")
	b.eval(`(() => { const f = document.querySelector('#range-form').elements, field = (d) => new Date(d - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 19);
		f.from.value = field(Date.now() - 430 * 60000); f.to.value = field(Date.now() - 390 * 60000); })()`)
	b.shoot("range")
	b.eval(`document.querySelector('#range-form button').focus()`)
	b.do(chromedp.KeyEvent("\r"))
	b.until(`document.querySelector('#chart').dataset.points === '40' || document.querySelector('#chart').dataset.points === '41'`)
	b.until(`[...document.querySelectorAll('#legend button')].some((l) => l.dataset.name === 'key-manager')`)
	b.want(`document.querySelector('#chart').dataset.periods`, "1")
	b.eval(`document.querySelector('#unzoom').click()`)
	b.until(`document.querySelector('#unzoom').hidden && document.querySelector('#chart').dataset.points === '120'`)

	// Back goes through filters, too.
	b.eval(`((m) => { m.value = 'token'; m.dispatchEvent(new Event('change', {bubbles: true})); })(document.querySelector('select[name=category]'))`)
	b.until(`location.hash.includes('category=token')`)
	b.eval(`history.back()`)
	b.until(`document.querySelector('select[name=category]').value === '' && !location.hash.includes('category')`)
	b.quiet()
}

// No name is cut and no column is out of sight, on a phone, a tablet and a screen.
func TestNothingIsCutOff(t *testing.T) {
	w := busyDay(t)
	b := browse(t, w.deps(t))
	for _, width := range []int64{390, 1000, 1280, 1440, 1920} {
		b.do(chromedp.EmulateViewport(width, 900))
		b.open()
		b.want(`[...document.querySelectorAll('#table .name')].filter((n) => n.scrollWidth > n.clientWidth + 1).map((n) => n.textContent).join()`, "")
		b.want(`((s) => s.scrollWidth <= s.clientWidth)(document.querySelector('.codes-panel .scroll'))`, "true")
		b.shoot(fmt.Sprintf("codes-%d", width))
	}
	b.quiet()
}
