package parser

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestStringsOfALine reads lines of which one string must not answer for another:
// by walking, and by their shape, when the values are new and when they are known.
func TestStringsOfALine(t *testing.T) {
	walk, shaped := walker(t), shapeReader(t)
	for _, line := range []string{
		`{"a":"SSM.ts Optional(1007)","b":"x Optional(1009)"}`,
		`{"a":"onError what=-1320 extra=4006","b":"x extra=4015 what=-1352, extra=1007 what=-1320"}`,
		`{"a":"onError extra=4006 what=-1320","b":"x what=-1352 extra=1007, what=-1320 extra=4015"}`,
		`{"a":"GET /x?err=1&extra=4006 y","b":"GET /ads?extra=4015 y"}`,
		`{"message":"path=/T/wvls/v1/licenses x","msg":"y method=POST path=/T/wvls/v1/licenses status=400"}`,
	} {
		shaped.reader.Walk(false)
		for range 3 {
			sameAs(t, walk, shaped, []byte(line+"\n"))
		}
	}
}

// TestManyStrings reads lines of two strings with more values than are kept, so that
// they have places in common: none takes the place of another within a record.
func TestManyStrings(t *testing.T) {
	walk, shaped := walker(t), shapeReader(t)
	var block bytes.Buffer
	rng := rand.New(rand.NewPCG(1, 2))
	for range 4000 {
		fmt.Fprintf(&block, `{"time":"2026-11-23T08:27:30Z","req":{"url":"POST /T/%s/v1/licenses?x=%d HTTP/1.1"},"status":400,"body":"{\"errorCode\":%d,\"message\":\"m%d\"}"}`+"\n",
			[...]string{"wvls", "prls", "fpls"}[rng.IntN(3)], rng.IntN(100), 4000+rng.IntN(30), rng.IntN(20))
	}
	for range 2 {
		sameAs(t, walk, shaped, block.Bytes())
	}
}

// TestManySkeletons reads lines of more skeletons than are kept, again and again: what
// was learned of one is not read into another.
func TestManySkeletons(t *testing.T) {
	walk, shaped := walker(t), shapeReader(t)
	members := [...]string{`"remote_addr":"203.0.113.7"`, `"severity":"error"`, `"extra":4015`, `"ssp":{"errorCode":4006,"message":"x"}`, `"request_time":0.25`,
		`"request_id":"c0ffee-1"`, `"body":"{\"errorCode\":4025,\"message\":\"y\"}"`, `"a":["x",1]`}
	var block bytes.Buffer
	rng := rand.New(rand.NewPCG(3, 4))
	for range 6000 {
		fmt.Fprintf(&block, `{"time":"2026-11-23T08:27:%02dZ","request":"POST /T%d/wvls/v1/licenses HTTP/1.1","status":%d`, rng.IntN(60), rng.IntN(9), 400+rng.IntN(2))
		for k, of := rng.IntN(8), rng.IntN(256); of > 0; k, of = k+3, of>>1 {
			if of&1 == 1 {
				block.WriteString("," + members[k%8])
			}
		}
		block.WriteString("}\n")
	}
	for range 2 {
		sameAs(t, walk, shaped, block.Bytes())
	}
	if shaped.reader.Filled() < 1000 {
		t.Errorf("only %d lines were read by a template", shaped.reader.Filled())
	}
}
