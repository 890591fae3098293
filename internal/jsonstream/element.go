package jsonstream

// Element tells whether the array that is being read has one more element, which must then be taken; first
// tells that the array begins. It is Array for those who ask rather than are called.
func (s *Scanner) Element(first bool) (bool, error) {
	if first {
		if err := s.take('['); err != nil {
			return false, err
		}
		if s.Peek() != ']' {
			return true, nil
		}
	} else if s.Peek() == ',' {
		return true, s.take(',')
	}
	return false, s.take(']')
}
