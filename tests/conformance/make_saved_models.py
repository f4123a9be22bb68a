"""Makes the SavedModels that tfjs-node-gpu's own tests load, from what those tests state of them.

The package does not ship the ones that its authors used. To make them anew, with
tensorflow-cpu==2.21.0 installed (a few seconds):

    python3 tests/conformance/make_saved_models.py
"""

import pathlib
import shutil

import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

FOLDER = pathlib.Path(__file__).parent / "test_objects" / "saved_model"


class Multiply(tf.Module):
    """Multiplies tensors of any shape by a variable, so that there is one to be restored."""

    def __init__(self, factor, dtype):
        self.dtype = dtype
        self.factor = tf.Variable(factor, dtype=dtype)

    def function(self, body, *names):
        """A function of the tensors `names` that returns the outputs `output_0`, `output_1`, ..."""
        signature = [tf.TensorSpec(None, self.dtype, name) for name in names]

        @tf.function(input_signature=signature)
        def call(*inputs):
            return {f"output_{i}": output for i, output in enumerate(body(*inputs))}

        return call


def save(name, module, signatures):
    """Saves a module, less what the C API does not read."""
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    tf.saved_model.save(module, str(folder), signatures)
    (folder / "fingerprint.pb").unlink()
    path = folder / "saved_model.pb"
    model = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    for graph in model.meta_graphs:
        graph.ClearField("object_graph_def")
        graph.meta_info_def.ClearField("stripped_op_list")
    path.write_bytes(model.SerializeToString(deterministic=True))


def save_product(name, factor, dtype):
    module = Multiply(factor, dtype)
    save(name, module, {"serving_default": module.function(lambda x: [x * module.factor], "x")})


save_product("times_three_float", 3, tf.float32)
save_product("times_two_int", 2, tf.int32)
save_product("uint8_multiply", 6, tf.uint8)
save_product("int64_multiply", 6, tf.int64)

twice = Multiply(2, tf.int32)
save("model_single_input_multi_output", twice, {
    "serving_default": twice.function(lambda x: [x * twice.factor, x], "x"),
})
save("model_multi_output", twice, {
    "serving_default": twice.function(lambda x, y: [x * twice.factor, y], "x", "y"),
})

thrice = Multiply(3, tf.float32)
save("module_with_multiple_signatures", thrice, {
    "serving_default": thrice.function(lambda x: [x * thrice.factor], "x"),
    "timestwo": thrice.function(lambda x: [x * (thrice.factor - 1)], "x"),
})
