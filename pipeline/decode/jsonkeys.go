package decode

import "bytes"

// fewKeys is up to how many keys of an object are compared one by one.
const fewKeys = 24

// repeats tells whether the last key of an object stands in it before. Base is
// the object's first entry in j.keys; many holds its keys where they are many.
func (j *jsonText) repeats(out []byte, base int, many *map[string]bool) (twice bool, name string) {
	last := j.keys[len(j.keys)-1]
	key := out[last[0]:last[1]]
	escaped := bytes.IndexByte(key, '\\') >= 0
	if *many == nil && len(j.keys)-base <= fewKeys && !escaped {
		for _, k := range j.keys[base : len(j.keys)-1] {
			if bytes.Equal(out[k[0]:k[1]], key) {
				return true, unquoteJSON(key)
			}
		}
		return false, ""
	}
	if *many == nil {
		*many = map[string]bool{}
		for _, k := range j.keys[base : len(j.keys)-1] {
			(*many)[unquoteJSON(out[k[0]:k[1]])] = true
		}
	}
	name = unquoteJSON(key)
	twice = (*many)[name]
	(*many)[name] = true
	return twice, name
}

// key reads a key. One of a kept value is noted in j.keys and not decoded.
func (j *jsonText) key(out *[]byte) (string, error) {
	if out != nil {
		at := len(*out)
		err := j.str(out)
		j.keys = append(j.keys, [2]int{at, len(*out)})
		return "", err
	}
	var raw []byte
	if err := j.str(&raw); err != nil {
		return "", err
	}
	return unquoteJSON(raw), nil
}
