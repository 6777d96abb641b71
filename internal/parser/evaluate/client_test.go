package evaluate

import "testing"

// TestAddress reads addresses as logs write them.
func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"203.0.113.7": "203.0.113.7", "203.0.113.7:5060": "203.0.113.7", "::ffff:203.0.113.7": "203.0.113.7",
		"2001:db8::7": "2001:db8::7", "[2001:db8::7]:443": "2001:db8::7", "fe80::1%eth0": "fe80::1%eth0", "1:2:3:4:5:6:7:8": "1:2:3:4:5:6:7:8",
		"203.0.113": "", "203.0.113.256": "", "203.0.113.7.example": "", "1.2.3.4.5": "", "08:26:40": "", "aa:bb:cc:dd:ee:ff": "",
		"": "", ":": "", "[": "", "[x]": "", "::": "", "localhost:80": "", "203.0.113.7:": "", "12345::1": "",
	} {
		if got, _ := address([]byte(in)); string(got) != want {
			t.Errorf("%q: %q, not %q", in, got, want)
		}
	}
}
