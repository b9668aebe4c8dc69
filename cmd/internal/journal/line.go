package journal

import (
	"bytes"
	"encoding/base64"
	"hash/crc32"
	"strconv"
	"time"
	"unicode/utf8"
)

// A line is a JSON object whose last member is the checksum of all bytes
// before it: {"event":"started",...,"crc":"1a2b3c4d"}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const (
	crcStart = `,"crc":"`
	crcSize  = len(crcStart) + 8 + len(`"}`)
	digits   = "0123456789abcdef"
)

// seal ends a line that began at from, with its checksum.
func seal(b []byte, from int) []byte {
	sum := crc32.Checksum(b[from:], castagnoli)
	b = append(b, crcStart...)
	for shift := 28; shift >= 0; shift -= 4 {
		b = append(b, digits[sum>>shift&15])
	}
	return append(b, '"', '}', '\n')
}

// unseal checks a line, without its newline, and gives it without its
// checksum and its brace.
func unseal(line []byte) (body []byte, ok bool) {
	n := len(line) - crcSize
	if n < 2 || line[0] != '{' || !bytes.HasPrefix(line[n:], []byte(crcStart)) || !bytes.HasSuffix(line, []byte(`"}`)) {
		return nil, false
	}
	sumText := line[n+len(crcStart) : len(line)-2]
	sum, err := strconv.ParseUint(string(sumText), 16, 32)
	return line[:n], err == nil && uint32(sum) == crc32.Checksum(line[:n], castagnoli)
}

// object is the JSON object of a line of which unseal has given the body.
func object(body []byte) []byte { return append(bytes.Clone(body), '}') }

// appendText appends a member whose value is a text. JSON cannot hold what is
// not valid UTF-8: that stands under its name with _base64.
func appendText(b []byte, name, s string) []byte {
	b = append(b, ',', '"')
	b = append(b, name...)
	if !utf8.ValidString(s) {
		b = append(b, `_base64":"`...)
		b = base64.StdEncoding.AppendEncode(b, []byte(s))
		return append(b, '"')
	}
	return appendString(append(b, '"', ':'), s)
}

// appendString appends a JSON string; s is valid UTF-8.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

func appendInt(b []byte, name string, n int64) []byte {
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	return strconv.AppendInt(b, n, 10)
}

func appendTime(b []byte, name string, t time.Time) []byte {
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, '"', ':', '"')
	b = t.UTC().AppendFormat(b, time.RFC3339Nano)
	return append(b, '"')
}

// appendSeconds appends a time in seconds, to the microsecond.
func appendSeconds(b []byte, name string, d time.Duration) []byte {
	us := max(0, d.Microseconds())
	b = appendInt(b, name, us/1e6)
	if us %= 1e6; us > 0 {
		b = append(b, '.')
		for unit := int64(1e5); us > 0; unit /= 10 {
			b = append(b, byte('0'+us/unit))
			us %= unit
		}
	}
	return b
}
