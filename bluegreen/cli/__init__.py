"""Words in, words out; joins engine and world."""
