"""What the scripts of the pipeline and the commands share.

params          `params.yaml`, checked as a whole
profiles        sets of values in it that change together
launch          a run as the command begins it; `guarded`, its processes; `side_by_side`, its chains of stages
always          what the stages that run every time look at
stage           folders, arguments and errors of a script
own_recording   a fit of anyone's recording with its page and its runs
schemas         JSON schemas of the records

The stages themselves are the scripts in `pipelines/` of a checkout, one a stage, named as in `dvc.yaml`: each reads the folders and
the block of `params.yaml` that DVC knows it to depend on, and writes what is listed as its outputs. DVC decides which of them run.
"""
