package parser

import (
	"os"
	"strings"
	"testing"
)

// spellings are the lines in which each system that shares a number with the
// licence server writes it, # being the number and ? its name there. None is
// the licence server's code.
var spellings = map[string][]string{
	"Shaka Player": {
		`{"severity":2,"category":6,"code":#,"data":[{"severity":2,"category":1,"code":#,"data":["https://l.example/T1/wvls/v1/licenses",400,""]}]}`,
		`Shaka Error DRM.? (#)`, `Error code # object {category: 6, code: #, data: Array[1]}`,
		`{"err":"{\"severity\":2,\"category\":6,\"code\":#,\"data\":[#]}"}`,
		`{"errorSeverity":2,"errorCategory":6,"errorCode":#,"errorMessage":"Shaka Error #"}`,
		`[cast.framework.media.ShakaPlayer] category: 6 code: #`,
	},
	"Android Media3": {
		`Playback error: ExoPlaybackException errorCode=# ?`,
		`{"errorCode":#,"errorCodeName":"?"}`,
		`E/EventLogger: playerFailed [eventTime=4.65, mediaPos=#, errorCode=?(#)]`,
	},
	"Bitmovin": {
		`{"code":#,"name":"?","message":"x","troubleShootLink":"https://b.example/#"}`,
		`BitmovinPlayer ErrorEvent(code=#, message='?')`,
		`Error: #/? x`,
	},
	"THEOplayer":            {`{"code":#,"category":7,"message":"?"}`, `THEOplayer error #: ?`},
	"NAGRA OPY SDK unified": {`{"code":#,"nativeError":{"platform":"Android","details":{"message":"?"}}}`, `onError event.code=# ?`},
	"Apple NSURL":           {`Error Domain=NSURLErrorDomain Code=-# "?"`, `{"domain":"NSURLErrorDomain","errorCode":-#}`, `{"what":1,"extra":-#}`},
	"Android MediaPlayer onError": {
		`{"details":{"what":1,"extra":-#}}`, `MediaPlayer error (1, -#)`, `onError what=100 extra=-#`,
	},
	"Verimatrix": {`MDRM-# | ? | 401`, `{"errorCode":"MDRM-#","message":"?"}`},
	"DRM Cloud":  {`{"code":"drm_#","status":400,"message":"?"}`, `{"errorCode":"drm_#"}`},
	"WebSocket":  {`WebSocket closed: code=# reason=?`, `{"type":"close","code":#,"wasClean":false}`},
	"Cloudflare": {`error code: #`, `<title>Error # ?</title>`},
	"MySQL":      {`ERROR # (HY000): ?`, `SQLSTATE[HY000] [#] ?`, `{"errno":#,"sqlState":"HY000","code":"ER_X"}`},
	"TCP port": {
		`upstream "http://127.0.0.1:#/x"`, `2021-06-12 16:31:41.919 T:#    DEBUG <general>: x`, `at f (/srv/a.js:#:6007)`,
		`{"port":#,"pid":#,"line":#,"elapsed":#,"bytes":#}`, `"POST /NAG#/wvls/v1/x HTTP/1.1" 200 # rt=#`,
	},
}

// TestCollisions writes every number that is known to mean something else the
// way those who mean it do.
func TestCollisions(t *testing.T) {
	cat := mustCatalogue(t)
	table, err := os.ReadFile("testdata/collisions.tsv")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, row := range strings.Split(strings.TrimSpace(string(table)), "\n")[1:] {
		f := strings.Split(row, "\t")
		for system, lines := range spellings {
			if !strings.HasPrefix(f[1], system) {
				continue
			}
			for _, l := range lines {
				l = strings.NewReplacer("#", f[0], "?", f[2]).Replace(l)
				tried++
				if got := collect(t, cat, Config{}, []byte(l+"\n"), 1); len(got.events) > 0 {
					t.Errorf("%s: %q taken for %q", f[1], l, got.events)
				}
			}
		}
	}
	if tried < 500 {
		t.Errorf("only %d lines tried", tried)
	}
}
