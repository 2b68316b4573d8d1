package dev.ledgerstone.gateway.provider.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tokenizer of the MiniLM models: BERT's, lower-cased and without accents, then the longest
 * known piece first (Devlin et al. 2018; Wu et al. 2016, section 4.1).
 *
 * <p>Written here because the library's own is native code that unpacks itself below the home
 * folder and asks a cloud's metadata address who we are. A test compares the two. One rule differs
 * on purpose: {@code [SEP]} and its like in a text are plain text, so that no input can forge the
 * model's control tokens.
 *
 * <p>Safe for use by many threads.
 */
final class WordPiece {
  static final int START = 101;
  static final int END = 102;
  private static final int UNKNOWN = 100;

  /** Longer words are unknown, as in the original. */
  private static final int LONGEST_WORD = 100;

  private final Map<String, Integer> first = new HashMap<>(65_536);
  private final Map<String, Integer> later = new HashMap<>(16_384);
  private final boolean[] continues;
  private final int longestPiece;

  private WordPiece(JsonNode vocabulary) {
    continues = new boolean[vocabulary.size()];
    int longest = 0;
    for (Map.Entry<String, JsonNode> entry : vocabulary.properties()) {
      String piece = entry.getKey();
      int id = entry.getValue().intValue();
      continues[id] = piece.startsWith("##");
      String letters = continues[id] ? piece.substring(2) : piece;
      (continues[id] ? later : first).put(letters, id);
      longest = Math.max(longest, letters.length());
    }
    longestPiece = longest;
  }

  /** Reads the vocabulary of a {@code tokenizer.json}. */
  static WordPiece read(InputStream json) throws IOException {
    return new WordPiece(new ObjectMapper().readTree(json).at("/model/vocab"));
  }

  /** Whether a token goes on with the word of the token before it. */
  boolean continuesWord(int token) {
    return continues[token];
  }

  /** The number of tokens of a text; never more than its bytes in UTF-8. */
  int count(String text) {
    return tokenize(text).size();
  }

  Tokens tokenize(String text) {
    Run run = new Run(text);
    run.all();
    return new Tokens(Arrays.copyOf(run.ids, run.size), Arrays.copyOf(run.ends, run.size));
  }

  /**
   * A text's tokens, without the model's own start and end.
   *
   * @param ids in the vocabulary
   * @param ends for each token the offset in the text just behind it
   */
  record Tokens(int[] ids, int[] ends) {
    int size() {
      return ids.length;
    }
  }

  /** One pass over one text. */
  private final class Run {
    final String text;
    int[] ids;
    int[] ends;
    int size;

    /** The word being read, normalised, and where each of its characters ends in the text. */
    final StringBuilder word = new StringBuilder();

    int[] wordEnds = new int[64];

    Run(String text) {
      this.text = text;
      int guess = 16 + text.length() / 4;
      ids = new int[guess];
      ends = new int[guess];
    }

    void all() {
      for (int at = 0; at < text.length(); ) {
        int c = text.codePointAt(at);
        int end = at + Character.charCount(c);
        read(c, end);
        at = end;
      }
      endWord();
    }

    private void read(int c, int end) {
      if (c < 0x80) {
        if (c >= 'A' && c <= 'Z') {
          letter(c + 32, end);
        } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
          letter(c, end);
        } else if (c == ' ' || (c >= '\t' && c <= '\r' && c != 0x0B && c != 0x0C)) {
          endWord();
        } else if (c > ' ' && c < 0x7F) {
          alone(c, end);
        }
      } else if (Character.isSpaceChar(c)) {
        endWord();
      } else if (c != 0xFFFD && !isControl(c)) {
        decomposed(c, end);
      }
    }

    /** Takes the accents off, then reads what remains. */
    private void decomposed(int c, int end) {
      boolean isIdeograph = isIdeograph(c);
      String parts = Normalizer.normalize(Character.toString(c), Normalizer.Form.NFD);
      for (int at = 0; at < parts.length(); ) {
        int part = parts.codePointAt(at);
        at += Character.charCount(part);
        if (Character.getType(part) == Character.NON_SPACING_MARK) {
          continue;
        }
        if (isIdeograph || isPunctuation(part)) {
          alone(part, end);
        } else {
          letter(Character.toLowerCase(part), end);
        }
      }
    }

    private void letter(int c, int end) {
      word.appendCodePoint(c);
      if (word.length() > wordEnds.length) {
        wordEnds = Arrays.copyOf(wordEnds, wordEnds.length * 2);
      }
      wordEnds[word.length() - 1] = end;
      if (Character.isSupplementaryCodePoint(c)) {
        wordEnds[word.length() - 2] = end;
      }
    }

    private void alone(int c, int end) {
      endWord();
      letter(c, end);
      endWord();
    }

    private void endWord() {
      int length = word.length();
      if (length == 0) {
        return;
      }
      int before = size;
      if (word.codePointCount(0, length) > LONGEST_WORD || !pieces(length)) {
        size = before;
        add(UNKNOWN, wordEnds[length - 1]);
      }
      word.setLength(0);
    }

    /** False when some part of the word is in no piece: then the whole word is unknown. */
    private boolean pieces(int length) {
      for (int at = 0; at < length; ) {
        Map<String, Integer> known = at == 0 ? first : later;
        int end = Math.min(length, at + longestPiece);
        @Nullable Integer id = null;
        while (end > at && (id = known.get(word.substring(at, end))) == null) {
          end--;
        }
        if (id == null) {
          return false;
        }
        add(id, wordEnds[end - 1]);
        at = end;
      }
      return true;
    }

    private void add(int id, int end) {
      if (size == ids.length) {
        ids = Arrays.copyOf(ids, size * 2);
        ends = Arrays.copyOf(ends, size * 2);
      }
      ids[size] = id;
      ends[size++] = end;
    }
  }

  private static boolean isControl(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE -> true;
      default -> false;
    };
  }

  private static boolean isPunctuation(int c) {
    return switch (Character.getType(c)) {
      case Character.CONNECTOR_PUNCTUATION,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION,
          Character.OTHER_PUNCTUATION ->
          true;
      default -> c < 0x80 && c > ' ' && !Character.isLetterOrDigit(c);
    };
  }

  /** The blocks that BERT reads character by character. */
  private static boolean isIdeograph(int c) {
    return (c >= 0x4E00 && c <= 0x9FFF)
        || (c >= 0x3400 && c <= 0x4DBF)
        || (c >= 0x20000 && c <= 0x2A6DF)
        || (c >= 0x2A700 && c <= 0x2B81F)
        || (c >= 0x2B920 && c <= 0x2CEAF)
        || (c >= 0xF900 && c <= 0xFAFF)
        || (c >= 0x2F800 && c <= 0x2FA1F);
  }
}
