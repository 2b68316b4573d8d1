package dev.ledgerstone.gateway.provider.local;

import dev.ledgerstone.gateway.provider.UpstreamFailure;
import dev.ledgerstone.gateway.provider.local.Document.Span;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Chooses the sentences that bear on a question: by the likeness of their vectors to the question's
 * and by the share of the question's words that they hold.
 *
 * <p>The weights and the threshold come from a labelled set; docs/local-models.md states how well
 * they do, and a test holds them to it.
 */
final class Extract {
  /** More are refused. */
  static final int MAX_SENTENCES = 20_000;

  /** Of more sentences only this many are compared by vectors: those that share the most words. */
  static final int CLOSELY_READ = 1000;

  static final int MAX_QUOTES = 3;

  /** Below this a sentence does not bear on the question. */
  static final double THRESHOLD = 0.32;

  /** A quote beside the best one fits at least this well, compared to it. */
  private static final double BESIDE_BEST = 0.80;

  private static final double LIKENESS_WEIGHT = 0.90;

  private final Embedder embedder;

  Extract(Embedder embedder) {
    this.embedder = embedder;
  }

  /**
   * A sentence that can be quoted.
   *
   * @param read the sentence, with the question or heading that leads to it
   */
  record Candidate(Document document, Span span, String read) {}

  /** The sentences of all documents that can be quoted, in their order. */
  static List<Candidate> candidates(Conversation conversation, Steps steps) throws UpstreamFailure {
    String asked = conversation.question().strip();
    List<Candidate> candidates = new ArrayList<>();
    for (Document document : conversation.documents()) {
      for (Span part : document.material()) {
        steps.check();
        add(document, part, asked, candidates);
      }
    }
    return candidates;
  }

  private static void add(Document document, Span part, String asked, List<Candidate> into) {
    String text = document.text();
    int lead = -1;
    for (Span sentence : Sentences.of(text, part, document.language())) {
      if (Sentences.isLead(text, sentence)) {
        lead = sentence.start();
        continue;
      }
      int start = lead < 0 ? sentence.start() : lead;
      lead = -1;
      if (sentence.in(text).equalsIgnoreCase(asked)) {
        continue;
      }
      if (into.size() == MAX_SENTENCES) {
        throw new LocalProblem.TooLong("messages", MAX_SENTENCES, "sentences").exception();
      }
      into.add(new Candidate(document, sentence, text.substring(start, sentence.end())));
    }
  }

  /** The quotes, best first; none when nothing bears on the question. */
  List<Quote> quotes(String question, List<Candidate> candidates, Steps steps)
      throws UpstreamFailure {
    double[] scores = scores(question, candidates, steps);
    List<Integer> best =
        IntStream.range(0, scores.length)
            .boxed()
            .filter(i -> scores[i] >= THRESHOLD)
            .sorted(Comparator.comparingDouble((Integer i) -> -scores[i]))
            .limit(MAX_QUOTES)
            .toList();
    return best.stream()
        .filter(i -> scores[i] >= BESIDE_BEST * scores[best.getFirst()])
        .map(i -> quote(candidates.get(i), scores[i]))
        .toList();
  }

  private static Quote quote(Candidate candidate, double score) {
    Span span = candidate.span();
    Document document = candidate.document();
    double rounded = Math.round(Math.min(1, score) * 10_000) / 10_000.0;
    return new Quote(document.name(), span.start(), span.end(), span.in(document.text()), rounded);
  }

  /** How well each sentence fits; 0 for those that were not read closely. */
  double[] scores(String question, List<Candidate> candidates, Steps steps) throws UpstreamFailure {
    double[] scores = new double[candidates.size()];
    double[] shared = new SharedWords(question).with(candidates, steps);
    List<Integer> chosen = SharedWords.most(shared, CLOSELY_READ);
    List<String> texts = new ArrayList<>(chosen.size() + 1);
    texts.add(question);
    chosen.forEach(i -> texts.add(candidates.get(i).read()));
    float[][] asked = new float[1][];
    embedder.embed(
        texts,
        steps,
        (index, vector) -> {
          if (index == 0) {
            asked[0] = vector;
          } else {
            int i = chosen.get(index - 1);
            scores[i] = score(likeness(asked[0], vector), shared[i]);
          }
        });
    return scores;
  }

  static double score(double likeness, double shared) {
    return LIKENESS_WEIGHT * Math.max(0, likeness) + (1 - LIKENESS_WEIGHT) * shared;
  }

  private static double likeness(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
