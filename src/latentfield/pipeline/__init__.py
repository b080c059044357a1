"""What the scripts of the pipeline and the commands share.

params          `params.yaml`, checked as a whole
profiles        sets of values in it that change together
stage           folders, arguments and errors of a script
own_recording   a fit of anyone's recording with its page and its runs
"""
