"""TensorFlow Probability: its distributions, one tf.function a step, Keras's Adam."""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

import data

PACKAGES = ["tensorflow", "tensorflow_probability"]
tfd = tfp.distributions
threads = int(os.environ.get("OMP_NUM_THREADS", "2"))
tf.config.threading.set_intra_op_parallelism_threads(threads)


def mlp(layers, x):
    for i, (weight, bias) in enumerate(layers):
        x = tf.tensordot(x if i == 0 else tf.nn.relu(x), weight, 1) + bias
    return x


def vae(work):
    nets = [
        [tuple(tf.Variable(array) for array in layer) for layer in data.dense_init(sizes, i)]
        for i, sizes in enumerate(data.dense_sizes(work))
    ]
    prior = tfd.MultivariateNormalDiag(tf.zeros(work["latent"]), tf.ones(work["latent"]))
    images = tf.constant(data.images(work["images"]))

    def loss(index):
        x = tf.gather(images, index)
        loc, log_variance = tf.split(mlp(nets[0], x), 2, -1)
        guide = tfd.MultivariateNormalDiag(loc, tf.exp(0.5 * log_variance))
        z = guide.sample(work["particles"])
        likelihood = tfd.Independent(tfd.Bernoulli(logits=mlp(nets[1], z)), 1)
        return tf.reduce_mean(tfd.kl_divergence(guide, prior) - tf.reduce_mean(likelihood.log_prob(x), 0))

    index = data.batches(len(images), work["batch"])
    return loss, tf.nest.flatten(nets), lambda: (tf.constant(next(index)),)


def logistic(work):
    rows = tf.constant(data.table(work["table"], work["columns"] + 1))
    x, y = rows[:, :-1], rows[:, -1]
    loc = tf.Variable(tf.zeros(work["columns"]))
    log_scale = tf.Variable(tf.fill([work["columns"]], tf.math.log(0.1)))
    prior = tfd.MultivariateNormalDiag(tf.zeros(work["columns"]), tf.ones(work["columns"]))

    def loss():
        guide = tfd.MultivariateNormalDiag(loc, tf.exp(log_scale))
        likelihood = tfd.Bernoulli(logits=tf.linalg.matvec(x, guide.sample()))
        total = tfd.kl_divergence(guide, prior) - tf.reduce_sum(likelihood.log_prob(y))
        return total / work["rows"]

    return loss, [loc, log_scale], lambda: ()


def prepare(work):
    tf.random.set_seed(0)
    loss_of, variables, feed = (vae if work["kind"] == "vae" else logistic)(work)
    optimizer = tf_keras.optimizers.Adam(work["learningRate"])
    optimizer.build(variables)

    @tf.function
    def step(*rows):
        with tf.GradientTape() as tape:
            loss = loss_of(*rows)
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return loss

    return lambda steps: [float(x) for x in [step(*feed()) for _ in range(steps)]]
