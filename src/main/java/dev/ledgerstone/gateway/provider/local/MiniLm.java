package dev.ledgerstone.gateway.provider.local;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Map;

/**
 * The sentence encoder all-MiniLM-L6-v2, quantised to 8 bits: a text to a vector of length 1.
 *
 * <p>Each text runs by itself. A batch would change the vectors: the model scales its 8 bit numbers
 * by the largest value of the whole batch, so that a text's vector would depend on its neighbours.
 * Texts are spread over threads instead; the session is safe for use by many.
 */
final class MiniLm implements AutoCloseable {
  static final int DIMENSIONS = 384;

  /** Tokens that the model reads at once, beside its start and end: its card's limit is 256. */
  static final int WINDOW = 254;

  private static final String MODEL = "/all-minilm-l6-v2-q.onnx";
  private static final String TOKENIZER = "/all-minilm-l6-v2-q-tokenizer.json";

  private final OrtSession session;

  private MiniLm(OrtSession session) {
    this.session = session;
  }

  /** Reads the model from the class path: some 0.4 s. */
  static MiniLm load() {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      // Keeps memory flat: the arena would hold the largest window of each thread for ever.
      options.setCPUArenaAllocator(false);
      options.setMemoryPatternOptimization(false);
      return new MiniLm(
          OrtEnvironment.getEnvironment().createSession(resource(MODEL).readAllBytes(), options));
    } catch (OrtException e) {
      throw new IllegalStateException("the model " + MODEL + " cannot be run here", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static WordPiece tokenizer() {
    try (InputStream json = resource(TOKENIZER)) {
      return WordPiece.read(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream resource(String name) throws IOException {
    InputStream in = MiniLm.class.getResourceAsStream(name);
    if (in == null) {
      throw new IOException("the library that brings " + name + " is not on the class path");
    }
    return in;
  }

  /**
   * The vector of a text. One that is longer than the window is cut between words; the windows'
   * vectors are averaged by their tokens.
   */
  float[] encode(WordPiece.Tokens tokens, WordPiece pieces) {
    float[] sum = new float[DIMENSIONS];
    int start = 0;
    do {
      int end = Math.min(tokens.size(), start + WINDOW);
      if (end < tokens.size()) {
        int cut = end;
        while (cut > start && pieces.continuesWord(tokens.ids()[cut])) {
          cut--;
        }
        end = cut > start ? cut : end;
      }
      float[] window = run(tokens.ids(), start, end);
      float weight = tokens.size() == 0 ? 1 : (float) (end - start) / tokens.size();
      for (int i = 0; i < DIMENSIONS; i++) {
        sum[i] += window[i] * weight;
      }
      start = end;
    } while (start < tokens.size());
    return unit(sum);
  }

  /** The mean over the model's last layer. */
  private float[] run(int[] ids, int start, int end) {
    int length = end - start + 2;
    long[] input = new long[length];
    input[0] = WordPiece.START;
    for (int i = start; i < end; i++) {
      input[i - start + 1] = ids[i];
    }
    input[length - 1] = WordPiece.END;
    long[] mask = new long[length];
    Arrays.fill(mask, 1);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    long[] shape = {1, length};
    try (OnnxTensor inputIds = OnnxTensor.createTensor(environment, LongBuffer.wrap(input), shape);
        OnnxTensor attention = OnnxTensor.createTensor(environment, LongBuffer.wrap(mask), shape);
        OnnxTensor types =
            OnnxTensor.createTensor(environment, LongBuffer.wrap(new long[length]), shape);
        OrtSession.Result result =
            session.run(
                Map.of(
                    "input_ids", inputIds, "attention_mask", attention, "token_type_ids", types))) {
      return mean(((OnnxTensor) result.get(0)).getFloatBuffer(), length);
    } catch (OrtException e) {
      throw new IllegalStateException("the model " + MODEL + " failed on a window of " + length, e);
    }
  }

  private static float[] mean(FloatBuffer layer, int length) {
    float[] mean = new float[DIMENSIONS];
    float[] row = new float[DIMENSIONS];
    for (int i = 0; i < length; i++) {
      layer.get(row);
      for (int k = 0; k < DIMENSIONS; k++) {
        mean[k] += row[k];
      }
    }
    for (int k = 0; k < DIMENSIONS; k++) {
      mean[k] /= length;
    }
    return mean;
  }

  private static float[] unit(float[] vector) {
    double squares = 0;
    for (float x : vector) {
      squares += (double) x * x;
    }
    float length = (float) Math.sqrt(squares);
    for (int i = 0; i < vector.length; i++) {
      vector[i] /= length;
    }
    return vector;
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("the model " + MODEL + " could not be freed", e);
    }
  }
}
