package alert

import (
	"unicode"
	"unicode/utf8"
)

const hex = "0123456789abcdef"

// appendTextString appends s with everything that could break a line, move a
// terminal's cursor or reorder what is read (control characters, invisible
// and bidirectional formatting, bytes that are not UTF-8) written as an escape.
func appendTextString(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b = append(b, '\\', 'x', hex[s[i]>>4], hex[s[i]&15])
		case unicode.IsPrint(r):
			b = append(b, s[i:i+n]...)
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < utf8.RuneSelf:
			b = append(b, '\\', 'x', hex[r>>4], hex[r&15])
		case r <= 0xffff:
			b = appendU16(b, r)
		default:
			b = append(b, '\\', 'U', '0', '0')
			for shift := 20; shift >= 0; shift -= 4 {
				b = append(b, hex[r>>shift&15])
			}
		}
		i += n
	}
	return b
}

// appendJSONString appends s as a JSON string. Bytes that are not UTF-8 become
// U+FFFD, which is all that JSON can say; the record's output shows them as
// escapes.
func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case unicode.IsPrint(r):
			b = utf8.AppendRune(b, r) // RuneError too, which is printable
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r <= 0xffff:
			b = appendU16(b, r)
		default: // a surrogate pair, RFC 8259 section 7
			b = appendU16(b, 0xd800+(r-0x10000)>>10)
			b = appendU16(b, 0xdc00+(r-0x10000)&0x3ff)
		}
		i += n
	}
	return append(b, '"')
}

// appendU16 appends \uNNNN.
func appendU16(b []byte, r rune) []byte {
	return append(b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}
