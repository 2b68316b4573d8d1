package dev.ledgerstone.ledger;

import org.jspecify.annotations.Nullable;

/**
 * Prices in picos (10<sup>-12</sup> US dollars), as a row of {@code model_prices} has them.
 *
 * @param inputPicos per input token
 * @param outputPicos per output token
 * @param cachedInputPicos per input token read from the provider's cache; null: as input
 * @param cacheWritePicos per input token written to the provider's cache; null: as input
 * @param cacheWrite1hPicos the same for a cache that lasts an hour; null: as cache write
 * @param reasoningPicos per output token of reasoning; null: as output
 * @param inputAudioPicos per input token of audio; null: as input
 * @param outputAudioPicos per output token of audio; null: as output
 * @param imagePicos per image made; null: nothing beyond its tokens
 * @param requestPicos per call, whatever its size
 * @param characterPicos per character that is spoken; null: nothing beyond its tokens
 * @param secondPicos per second of audio that is heard; null: nothing beyond its tokens
 */
public record Rates(
    long inputPicos,
    long outputPicos,
    @Nullable Long cachedInputPicos,
    @Nullable Long cacheWritePicos,
    @Nullable Long cacheWrite1hPicos,
    @Nullable Long reasoningPicos,
    @Nullable Long inputAudioPicos,
    @Nullable Long outputAudioPicos,
    @Nullable Long imagePicos,
    long requestPicos,
    @Nullable Long characterPicos,
    @Nullable Long secondPicos) {
  public Rates {
    if ((inputPicos
            | outputPicos
            | or(cachedInputPicos, 0)
            | or(cacheWritePicos, 0)
            | or(cacheWrite1hPicos, 0)
            | or(reasoningPicos, 0)
            | or(inputAudioPicos, 0)
            | or(outputAudioPicos, 0)
            | or(imagePicos, 0)
            | or(characterPicos, 0)
            | or(secondPicos, 0)
            | requestPicos)
        < 0) {
      throw new IllegalArgumentException("a price is below zero");
    }
  }

  /** Prices of tokens, images and requests. */
  public Rates(
      long inputPicos,
      long outputPicos,
      @Nullable Long cachedInputPicos,
      @Nullable Long cacheWritePicos,
      @Nullable Long cacheWrite1hPicos,
      @Nullable Long reasoningPicos,
      @Nullable Long inputAudioPicos,
      @Nullable Long outputAudioPicos,
      @Nullable Long imagePicos,
      long requestPicos) {
    this(
        inputPicos,
        outputPicos,
        cachedInputPicos,
        cacheWritePicos,
        cacheWrite1hPicos,
        reasoningPicos,
        inputAudioPicos,
        outputAudioPicos,
        imagePicos,
        requestPicos,
        null,
        null);
  }

  /** Prices of input, output and cached input alone. */
  public static Rates of(long inputPicos, long outputPicos, @Nullable Long cachedInputPicos) {
    return new Rates(
        inputPicos, outputPicos, cachedInputPicos, null, null, null, null, null, null, 0);
  }

  /** Of every kind of token the dearer of two prices. */
  public Rates dearer(Rates other) {
    return new Rates(
        Math.max(inputPicos, other.inputPicos),
        Math.max(outputPicos, other.outputPicos),
        dearer(cachedInputPicos, cached(), other.cachedInputPicos, other.cached()),
        dearer(cacheWritePicos, cacheWrite(), other.cacheWritePicos, other.cacheWrite()),
        dearer(cacheWrite1hPicos, cacheWrite1h(), other.cacheWrite1hPicos, other.cacheWrite1h()),
        dearer(reasoningPicos, reasoning(), other.reasoningPicos, other.reasoning()),
        dearer(inputAudioPicos, inputAudio(), other.inputAudioPicos, other.inputAudio()),
        dearer(outputAudioPicos, outputAudio(), other.outputAudioPicos, other.outputAudio()),
        dearer(imagePicos, image(), other.imagePicos, other.image()),
        Math.max(requestPicos, other.requestPicos),
        dearer(characterPicos, character(), other.characterPicos, other.character()),
        dearer(secondPicos, second(), other.secondPicos, other.second()));
  }

  /** What neither price says stays unsaid: it falls back to what is already the dearer. */
  private static @Nullable Long dearer(
      @Nullable Long ours, long oursInEffect, @Nullable Long theirs, long theirsInEffect) {
    return ours == null && theirs == null
        ? null
        : Long.valueOf(Math.max(oursInEffect, theirsInEffect));
  }

  long cached() {
    return or(cachedInputPicos, inputPicos);
  }

  long cacheWrite() {
    return or(cacheWritePicos, inputPicos);
  }

  long cacheWrite1h() {
    return or(cacheWrite1hPicos, cacheWrite());
  }

  long reasoning() {
    return or(reasoningPicos, outputPicos);
  }

  long inputAudio() {
    return or(inputAudioPicos, inputPicos);
  }

  long outputAudio() {
    return or(outputAudioPicos, outputPicos);
  }

  long image() {
    return or(imagePicos, 0);
  }

  long character() {
    return or(characterPicos, 0);
  }

  long second() {
    return or(secondPicos, 0);
  }

  /** The most that a token of input can cost. */
  long dearestInput() {
    return Math.max(
        Math.max(inputPicos, cached()),
        Math.max(Math.max(cacheWrite(), cacheWrite1h()), inputAudio()));
  }

  /** The most that a token of output can cost. */
  long dearestOutput() {
    return Math.max(outputPicos, Math.max(reasoning(), outputAudio()));
  }

  private static long or(@Nullable Long price, long otherwise) {
    return price == null ? otherwise : price;
  }
}
